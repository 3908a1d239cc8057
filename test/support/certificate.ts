/** A certificate for localhost that nobody has signed, and its key, in files of their own. */
import { join } from "node:path";
import type { TestContext } from "node:test";
import { execa } from "execa";
import { temporaryFolder } from "./project.ts";

const kinds = {
  ec: ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
  rsa: ["rsa:2048"],
};

export async function certificate(context: Pick<TestContext, "after">, kind: keyof typeof kinds = "ec") {
  const folder = await temporaryFolder(context);
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  await execa("openssl", [
    ...["req", "-x509", "-newkey", ...kinds[kind], "-nodes"],
    ...["-subj", "/CN=localhost", "-days", "1", "-keyout", key, "-out", cert],
  ]);
  return { cert, key, folder };
}
