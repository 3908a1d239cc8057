/** What of an answer to a load is not what the engine itself says of the same files. */
import type { Answer, Issue } from "./agent.ts";
import { Closures } from "./closure.ts";
import { type Finding, type Judge, normal, type Verdict } from "./judge.ts";
import type { Snapshot } from "./workspace.ts";

export interface Problem {
  readonly kind: string;
  readonly expected: string;
  readonly answered: string;
}

type Placed = Pick<Issue, "file" | "line" | "message">;

export const keyOf = ({ file, line, message }: Placed) => `${file || "-"}:${line || 0} ${normal(message)}`;

/** A script that calls `ResourceLoader.load` makes it say once more that it failed; other ways of loading don't. */
const isSaidByTheCall = ({ message }: Placed) => message.startsWith("Error loading resource: '");

/** Errors and warnings: a log tail has the game's prints too. */
export const complaints = ({ issues }: Answer): readonly Issue[] =>
  issues.filter((issue) => /(ERROR|WARN)$/.test(issue.severity) && !isSaidByTheCall(issue));

export async function problemsOf(
  answer: Answer,
  path: string,
  snapshot: Snapshot,
  judge: Judge,
): Promise<Problem[]> {
  const verdict = await judge.scene(snapshot, path);
  const problem = wrongEnd(answer, path, verdict, snapshot);
  if (problem) return [problem];
  if (answer.reason === "SCENE_NOT_FOUND") return [];
  const closures = new Closures(snapshot);
  const issues = complaints(answer);
  return [
    ...missing(answer, verdict),
    // A failure has a log tail, which is not folded.
    ...(answer.scene === undefined ? [] : repeated(issues)),
    ...(await unconfirmed(issues, path, snapshot, verdict, closures, judge)),
    ...consequencesFirst(issues, closures),
  ];
}

/** A load succeeds where the engine gets the scene in place, and fails by its name where not. */
function wrongEnd(
  answer: Answer,
  path: string,
  { scene, findings }: Verdict,
  { files }: Snapshot,
): Problem | undefined {
  const reason = files.has(path.slice("res://".length)) ? "SCENE_BROKEN" : "SCENE_NOT_FOUND";
  const expected = scene === path ? path : reason;
  const answered = answer.scene ?? answer.reason ?? "";
  if (expected === answered) return undefined;
  return {
    kind: scene === path ? "a sound scene failed" : "a load ended wrongly",
    expected: `${expected}; the engine said: ${findings.map(keyOf).join(" | ")}`,
    answered: `${answered} ${answer.message}`,
  };
}

function missing(answer: Answer, { findings }: Verdict): Problem[] {
  const isFailure = answer.scene === undefined;
  const answered = new Set(answer.issues.map(keyOf));
  const lacking = findings
    .filter(({ severity, phase }) => severity === "ERROR" && (phase === "load" || !isFailure))
    .filter((finding) => !isSaidByTheCall(finding) && !answered.has(keyOf(finding)));
  const kindOf = ({ phase }: Finding) =>
    isFailure
      ? "a cause is missing in a failure"
      : phase === "boot"
        ? "an error of the boot is missing"
        : "an error is missing";
  return [...Map.groupBy(lacking, kindOf)].map(([kind, those]) => ({
    kind,
    expected: those.map(keyOf).join(" | "),
    answered: `${answered.size} issues: ${[...answered].join(" | ")}`,
  }));
}

function repeated(issues: readonly Issue[]): Problem[] {
  const folds = [...Map.groupBy(issues, keyOf)].filter(([, those]) => those.length > 1);
  if (folds.length === 0) return [];
  return [
    {
      kind: "an error is repeated",
      expected: `once: ${folds.map(([key]) => key).join(" | ")}`,
      answered: `${folds.map(([, those]) => those.length).join(", ")} times`,
    },
  ];
}

/** What is neither an error of the scene in a fresh engine, nor of a script below it loaded by itself. */
async function unconfirmed(
  issues: readonly Issue[],
  path: string,
  snapshot: Snapshot,
  verdict: Verdict,
  closures: Closures,
  judge: Judge,
): Promise<Problem[]> {
  const known = new Set(verdict.findings.map(keyOf));
  const left = issues.filter(
    (issue) =>
      !known.has(keyOf(issue)) && !(isImport(issue) && judge.importErrors.has(normal(issue.message))),
  );
  if (left.length === 0) return [];
  const below = new Set([path, ...closures.autoloads].flatMap((root) => [...closures.of(root)]));
  const scripts = [...below].filter((file) => file.endsWith(".gd") && snapshot.files.has(file.slice(6)));
  // The scripts that are complained of are the likeliest to say it themselves.
  const blamed = new Set(
    left.flatMap(({ file, message }) => `${file} ${message}`.match(/res:\/\/[\w/]+\.gd/g) ?? []),
  );
  scripts.sort((one, other) => Number(blamed.has(other)) - Number(blamed.has(one)));
  for (const script of scripts) {
    if (left.every((issue) => known.has(keyOf(issue)))) break;
    for (const finding of (await judge.scripts(snapshot, [script])).findings) known.add(keyOf(finding));
  }
  return left
    .filter((issue) => !known.has(keyOf(issue)))
    .map((issue) => ({
      kind: isImport(issue) ? "an unconfirmed error of the import" : "an unconfirmed error",
      expected: `no such error for ${path}`,
      answered: keyOf(issue),
    }));
}

const isImport = ({ source }: Issue) => source.endsWith("IMPORT");

/** An error that names a script comes after the errors of that script. */
function consequencesFirst(issues: readonly Issue[], closures: Closures): Problem[] {
  const problems: Problem[] = [];
  issues.forEach((consequence, index) => {
    for (const cause of issues.slice(index + 1))
      if (isConsequence(consequence, cause, closures))
        problems.push({
          kind: "a consequence comes before its cause",
          expected: `${keyOf(cause)}, then ${keyOf(consequence)}`,
          answered: "the other way round",
        });
  });
  return problems;
}

function isConsequence({ file, message }: Issue, cause: Issue, closures: Closures): boolean {
  const at = cause.file ?? "";
  if (file === at || !at.endsWith(".gd") || !isParseError(cause)) return false;
  // Scripts that need each other have no first.
  if (file && closures.of(at).has(file)) return false;
  const name = closures.classOf(at);
  return message.includes(`"${at}"`) || (name !== undefined && message.includes(`"${name}"`));
}

const isParseError = ({ message }: Placed) => message.startsWith("Parse Error: ");

/** Whether the engine's own run of this scene leaves nothing to complain of. */
export const isWell = ({ findings, missingAutoloads }: Verdict): boolean =>
  missingAutoloads.length === 0 && !findings.some((finding: Finding) => finding.isScriptError);
