/** A process that holds the lock of a project's import, says so, and holds it until it is killed. */
import { lockImport } from "../../src/engine/project/import_lock.ts";

await lockImport(process.argv[2] as string, new AbortController().signal, () => {});
process.stdout.write("held\n");
