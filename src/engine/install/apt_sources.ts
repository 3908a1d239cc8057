/** The machine's own package sources, read for the Debian archives among them. See sources.list(5). */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { unlessShort } from "../../errors/shortage.ts";

export interface Archive {
  readonly uri: string;
  /** As in deb822: paths of keyrings, fingerprints or a key itself; undefined means apt's trusted keys. */
  readonly signedBy: string | undefined;
}

/** One source as written down, whichever of the two formats it was in. */
interface Entry {
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  readonly signedBy: string | undefined;
}

/** The Debian archives this machine installs from, the likeliest first; a file that cannot be read counts as empty. */
export async function readArchives(aptFolder = "/etc/apt"): Promise<Archive[]> {
  const parts = join(aptFolder, "sources.list.d");
  const names = (await readdir(parts).catch(unlessShort<string[]>([]))).sort();
  const files = [join(aptFolder, "sources.list"), ...names.map((name) => join(parts, name))];
  const entries = await Promise.all(
    files.map(async (file) => {
      const parse = file.endsWith(".sources")
        ? parseDeb822
        : file.endsWith(".list")
          ? parseOneLine
          : undefined;
      return parse ? parse(await readFile(file, "utf8").catch(unlessShort(""))) : [];
    }),
  );
  return debianArchives(entries.flat());
}

/** `deb [option=value …] uri suite component …`, one to a line. */
export function parseOneLine(text: string): Entry[] {
  return text.split("\n").flatMap((line) => {
    const [, options = "", rest] = /^\s*deb\s+(?:\[([^\]]*)\]\s*)?([^#]*)/.exec(line) ?? [];
    const [uri, suite, ...components] = (rest ?? "").split(/\s+/).filter(Boolean);
    if (!uri || !suite) return [];
    const signedBy = /(?:^|\s)signed-by\s*=\s*(\S+)/i.exec(options)?.[1]?.replaceAll(",", " ");
    return [{ uris: [uri], suites: [suite], components, signedBy }];
  });
}

/** Paragraphs of `Field: value`, continued on lines that begin with a space. */
export function parseDeb822(text: string): Entry[] {
  const uncommented = text.replaceAll("\r", "").replaceAll(/^#.*\n?/gm, "");
  return uncommented.split(/\n(?:[ \t]*\n)+/).flatMap((paragraph) => {
    const fields = new Map<string, string>();
    for (const [, name, value] of paragraph.matchAll(/^([A-Za-z-]+):(.*(?:\n[ \t].*)*)/gm))
      if (name) fields.set(name.toLowerCase(), (value ?? "").trim());
    const words = (name: string) => (fields.get(name) ?? "").split(/\s+/).filter(Boolean);
    if (
      !words("types").includes("deb") ||
      /^(no|false|0|off|without|disable)$/i.test(fields.get("enabled") ?? "")
    )
      return [];
    const signedBy = fields.get("signed-by") || undefined;
    return [{ uris: words("uris"), suites: words("suites"), components: words("components"), signedBy }];
  });
}

/** Those entries that look like Debian's main archive, each address once. */
export function debianArchives(entries: readonly Entry[]): Archive[] {
  const archives = new Map<string, Archive>();
  for (const { uris, suites, components, signedBy } of entries) {
    if (!components.includes("main") || suites.every((suite) => suite.endsWith("-security"))) continue;
    for (const uri of uris.filter(looksLikeDebian)) {
      const key = uri.replace(/\/+$/, "");
      if (!archives.has(key)) archives.set(key, { uri, signedBy });
    }
  }
  const likely = ({ signedBy }: Archive) => (signedBy?.includes("debian-archive") ? 0 : 1);
  return [...archives.values()].sort((a, b) => likely(a) - likely(b));
}

/** Mirrors keep the name: …/debian, …/debian-remote, …/archive/debian/20260101T000000Z. */
const looksLikeDebian = (uri: string) =>
  /^(https?|mirror\+https?|copy):.*\/debian(?!-security|-ports)[^/]*(\/|$)/.test(uri);
