/** Which file systems change without telling the machine that has mounted them. */
import { statfsSync } from "node:fs";

/** By the number that Linux gives them (statfs(2)). */
const remote: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xfe534d42, "SMB"],
  [0xff534d42, "CIFS"],
  [0x01021997, "9p"],
  [0x65735546, "FUSE or virtiofs"],
  [0x786f4256, "VirtualBox"],
  [0x00c36400, "Ceph"],
  [0x5346414f, "AFS"],
  [0x0bd00bd0, "Lustre"],
]);

/** What a person calls the file system that a folder lies on; undefined for one that tells of every change. */
export function remoteFileSystem(folder: string): string | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    return nameOf(statfsSync(folder).type);
  } catch {
    return undefined;
  }
}

/** Some systems give the number as one of 32 bits with a sign. */
export const nameOf = (type: number) => remote.get(type >>> 0);
