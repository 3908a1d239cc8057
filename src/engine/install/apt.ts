/** apt-get with a configuration of its own: needs no root, and neither reads nor changes what is installed. */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ExecaError, execa } from "execa";
import { isShortage, unlessShort } from "../../errors/shortage.ts";
import type { Archive } from "./apt_sources.ts";

export interface Apt {
  /**
   * Fetches the package list of an archive's suite, instead of any fetched before.
   * @throws {Error} with apt's own complaint
   */
  update(archive: Archive, suite: string): Promise<void>;
  /** The version of a package in the fetched list, or undefined. */
  versionOf(name: string): Promise<string | undefined>;
  /**
   * Downloads packages with all they depend on.
   * @param onLine takes each line that apt prints
   * @returns the paths of the .deb files
   * @throws {Error} with apt's own complaint
   */
  download(names: readonly string[], onLine: (line: string) => void): Promise<string[]>;
}

/** The machine's proxies and credentials are kept; its hooks, pins and sources are not. */
const configuration = `
#clear APT::Update;
#clear DPkg;
#clear APT::Default-Release;
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State::Lists "lists/";
Dir::Cache::Archives "archives/";
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Cache::srcpkgcache "srcpkgcache.bin";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::GzipIndexes "false";
Acquire::Retries "1";
Acquire::http::Timeout "10";
Acquire::https::Timeout "10";
`;

/** @param folder an empty folder for apt's files */
export async function ownApt(
  folder: string,
  architecture: string,
  signal: AbortSignal | undefined,
): Promise<Apt> {
  const at = (...parts: string[]) => join(folder, ...parts);
  await mkdir(at("state", "lists", "partial"), { recursive: true });
  await mkdir(at("cache", "archives", "partial"), { recursive: true });
  await writeFile(at("status"), "");
  await writeFile(at("apt.conf"), configuration);

  const own = {
    "Dir::Etc::SourceList": at("godot.sources"),
    "Dir::State": at("state"),
    "Dir::Cache": at("cache"),
  };
  const paths = Object.entries({ ...own, "Dir::State::status": at("status"), "Dir::Log": at("log") });
  const common = ["-c", at("apt.conf"), ...paths.flatMap(([name, path]) => ["-o", `${name}=${path}`])];

  const run = async (tool: string, args: readonly string[], onLine: (line: string) => void = () => {}) => {
    const child = execa(tool, [...common, ...args], {
      stdin: "ignore",
      env: { LC_ALL: "C" },
      ...(signal ? { cancelSignal: signal } : {}),
    });
    try {
      for await (const line of child) onLine(line);
    } catch (error) {
      if (isShortage(error)) throw error;
      throw new Error(complaint(tool, error));
    }
  };

  return {
    async update(archive, suite) {
      await writeFile(at("godot.sources"), source(archive, suite, architecture));
      await run("apt-get", ["update"]);
    },
    async versionOf(name) {
      let version: string | undefined;
      await run("apt-cache", ["show", "--no-all-versions", name], (line) => {
        version ??= /^Version: (\S+)/.exec(line)?.[1];
      }).catch(unlessShort(undefined));
      return version;
    },
    async download(names, onLine) {
      await run("apt-get", ["install", "--yes", "--download-only", ...names], onLine);
      const files = await readdir(at("cache", "archives"));
      return files.filter((file) => file.endsWith(".deb")).map((file) => at("cache", "archives", file));
    },
  };
}

/** Only the list of packages: neither translations nor what software centres show. */
function source({ uri, signedBy }: Archive, suite: string, architecture: string): string {
  const lines = ["Types: deb", `URIs: ${uri}`, `Suites: ${suite}`, "Components: main"];
  lines.push(`Architectures: ${architecture}`, "Targets: Packages", "Languages: none");
  // A key written out in full begins on the line after the field's name.
  if (signedBy) lines.push(`Signed-By:${signedBy.includes("\n") ? "\n" : ""} ${signedBy}`);
  return `${lines.join("\n")}\n`;
}

function complaint(tool: string, error: unknown): string {
  if (!(error instanceof ExecaError)) return (error as Error).message;
  if (error.code === "ENOENT") return `${tool} is not on this machine`;
  const lines = String(error.stderr ?? "").split("\n");
  return lines.find((line) => /^E: /.test(line))?.slice(3) ?? `${tool} ${howItEnded(error)}`;
}

/** Without the command's line, which names folders of this machine. */
export const howItEnded = ({ signal, exitCode }: Pick<ExecaError, "signal" | "exitCode">) =>
  signal ? `was ended by ${signal}` : `ended with exit code ${exitCode}`;
