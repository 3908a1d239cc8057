/** The token of a game that has the addon installed, where that has written it; see token_file.gd. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** A token of ours has 64 characters. */
const longestToken = 1024;

/**
 * Undefined where there is none that this user can read.
 * @param file what the operator named; undefined: where the addon of this port writes its own
 */
export async function readAddonToken(file: string | undefined, port: number): Promise<string | undefined> {
  const text = await readFile(file ?? join(cacheFolder(), `${port}.token`), "utf8").catch(() => "");
  const token = text.trim();
  return token.length <= longestToken && /^[!-~]+$/.test(token) ? token : undefined;
}

/** Whether a proof is the one of a game that knows the token and listens on this port; see control.gd. */
export function isProof(given: unknown, token: string, challenge: string, port: number): boolean {
  const proof = createHmac("sha256", token).update(`${challenge} ${port}`).digest("hex");
  return (
    typeof given === "string" &&
    given.length === proof.length &&
    timingSafeEqual(Buffer.from(given), Buffer.from(proof))
  );
}

/** OS.get_cache_dir() of Godot, and what the addon adds to it. */
function cacheFolder(): string {
  const { XDG_CACHE_HOME: given = "" } = process.env;
  const fallback = process.platform === "darwin" ? join("Library", "Caches") : ".cache";
  const folder = given.startsWith("/") ? given : join(homedir(), fallback);
  return join(folder, "godot-control", "addon");
}
