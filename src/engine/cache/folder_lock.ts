/**
 * A folder that one process at a time works on, on this machine. The lock is a socket that the kernel takes back with
 * the process that holds it, and its connections with it: a waiter notices the end, whatever caused it.
 */
import { once } from "node:events";
import { rm, stat } from "node:fs/promises";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { isShortage } from "../../errors/shortage.ts";

export interface FolderLock {
  /** Whether another process held it meanwhile. */
  readonly waited: boolean;
  release(): void;
}

/**
 * @param onWait another process holds the lock
 * @throws the signal's reason
 */
export async function lockFolder(
  folder: string,
  signal: AbortSignal,
  onWait = () => {},
): Promise<FolderLock> {
  const path = await socketPath(folder);
  let waited = false;
  for (;;) {
    signal.throwIfAborted();
    const release = await tryToHold(path);
    if (release) return { waited, release };
    const holder = await connect(path);
    if (!holder) continue; // It has just ended.
    waited = true;
    onWait();
    await untilClosed(holder, signal);
  }
}

/** The same for every way to name the folder. */
async function socketPath(folder: string): Promise<string> {
  const { dev, ino } = await stat(folder, { bigint: true });
  const name = `godot-control-${userInfo().uid}-${dev}-${ino}`;
  return process.platform === "linux" ? `\0${name}` : join(tmpdir(), name);
}

/** Undefined where another process holds it. */
async function tryToHold(path: string): Promise<(() => void) | undefined> {
  const waiters = new Set<Socket>();
  const server: Server = createServer((waiter) => {
    waiters.add(waiter);
    waiter.on("error", () => {}).on("close", () => waiters.delete(waiter));
  });
  try {
    await once(server.listen(path), "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return undefined;
    if (isShortage(error)) throw error;
    // A machine without such sockets, or without room for their names, still gets its work done.
    return () => {};
  }
  return () => {
    server.close();
    for (const waiter of waiters) waiter.destroy();
  };
}

const ended = new Set(["ECONNREFUSED", "ECONNRESET", "ENOENT"]);

/** Undefined where no process is at the other end. */
async function connect(path: string): Promise<Socket | undefined> {
  const socket = createConnection(path);
  try {
    await once(socket, "connect");
    return socket;
  } catch (error) {
    if (!ended.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
    // A socket file outlives its process.
    if (!path.startsWith("\0")) await rm(path, { force: true });
    return undefined;
  }
}

async function untilClosed(socket: Socket, signal: AbortSignal): Promise<void> {
  // A socket that is not read does not notice that the holder has ended.
  socket.resume().on("error", () => {});
  try {
    await once(socket, "close", { signal });
  } catch {
    signal.throwIfAborted();
  } finally {
    socket.destroy();
  }
}
