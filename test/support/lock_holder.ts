/** A process that holds the lock of a project's import, says so, and holds it until it is killed. */
import { lockFolder } from "../../src/engine/cache/folder_lock.ts";

await lockFolder(process.argv[2] as string, new AbortController().signal, () => {});
process.stdout.write("held\n");
