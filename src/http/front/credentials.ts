/** What lies in files because it is on no command line: the token, and the certificate with its key. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { type Config, UsageError } from "../../config/config.ts";

/** Shorter ones can be guessed. */
const shortestToken = 16;

export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** @throws {UsageError} where the file cannot be read, others can read it, or the token is too short */
export function readToken({ token, tokenFile }: Config): string | undefined {
  if (tokenFile === undefined) return checked(token, "GODOT_CONTROL_TOKEN");
  const { text, mode } = reading(tokenFile, "--token-file", () => ({
    text: readWhole(tokenFile).toString().trim(),
    mode: statSync(tokenFile).mode & 0o777,
  }));
  if ((mode & 0o077) !== 0)
    throw new UsageError(
      `--token-file ${tokenFile} can be read by others (mode ${mode.toString(8).padStart(4, "0")}): chmod 600 it`,
    );
  return checked(text, "--token-file");
}

/** @throws {UsageError} where a file cannot be read, is none of its kind, or the two do not belong together */
export function readTls({ tlsCert, tlsKey }: Config): TlsFiles | undefined {
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  const files = {
    cert: reading(tlsCert, "--tls-cert", () => readWhole(tlsCert)),
    key: reading(tlsKey, "--tls-key", () => readWhole(tlsKey)),
  };
  try {
    createSecureContext(files);
    // OpenSSL does not mind a key of another kind, RSA for an elliptic curve; no handshake would ever succeed.
    if (!new X509Certificate(files.cert).checkPrivateKey(createPrivateKey(files.key)))
      throw new Error("the key is not that of the file's first certificate");
  } catch (error) {
    throw new UsageError(`--tls-cert ${tlsCert} and --tls-key ${tlsKey}: ${(error as Error).message}`);
  }
  return files;
}

function checked(token: string | undefined, from: string): string | undefined {
  if (token === undefined) return undefined;
  // A program in JavaScript may hand over anything.
  if (typeof token !== "string") throw new UsageError(`${from}: expected a text`);
  if (token.length < shortestToken || !/^[!-~]+$/.test(token))
    throw new UsageError(
      `${from} must hold at least ${shortestToken} printable characters without spaces: openssl rand -hex 32 makes some`,
    );
  return token;
}

/** A pipe is read too, as of `<(pass show token)`; a device may have no end. */
function readWhole(path: string): Buffer {
  const found = statSync(path);
  if (found.isCharacterDevice() || found.isBlockDevice())
    throw new UsageError(`${path} is a device, and may have no end: name a file`);
  return readFileSync(path);
}

function reading<T>(path: string, flag: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${flag} ${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}
