/** What is wrong before a scene is loaded, and makes it go wrong. */
import type { LogEntry } from "../../model/log_entry.ts";
import type { Issues } from "../link/link.ts";
import type { Snapshot } from "../supervisor/snapshot.ts";

/**
 * What the engine could not read of the project before anything else, what the import could not import, and an engine too old for the project, come before what follows from it.
 * @param imported the import was made for this load; of an earlier one, only what the scene needs is told
 */
export function withCauses(
  { issues, unimported }: { issues: Issues; unimported: readonly string[] },
  { prepared, run, unheard, attached }: Snapshot,
  imported: boolean,
): Issues {
  const causes = (prepared?.importIssues ?? []).filter(
    ({ file }) => imported || unimported.includes(file ?? ""),
  );
  if (!attached) causes.unshift(...unheard);
  const hasFailed = [...causes, ...issues.entries].some(({ severity }) => severity === "ERROR");
  if (hasFailed && prepared?.versionWarning) causes.unshift(warning(prepared.versionWarning, run));
  return { entries: [...causes, ...issues.entries], count: causes.length + issues.count };
}

const warning = (message: string, run: number): LogEntry => ({
  cursor: 0,
  time: Date.now(),
  severity: "WARN",
  source: "ENGINE",
  message,
  backtrace: [],
  run,
});
