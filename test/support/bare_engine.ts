/** A real engine with the addon injected and no server of ours: for tests of the addon's own sockets. */
import { connect, type Socket } from "node:net";
import type { TestContext } from "node:test";
import type { RawEntry } from "../../src/engine/process/log_parser.ts";
import { spawnEngine } from "../../src/engine/process/process.ts";
import { launch } from "../../src/engine/supervisor/launch.ts";
import { realEngine } from "./engine.ts";

export interface BareEngine {
  readonly port: number;
  readonly authorization: string;
  /** Settled when the process is gone. */
  readonly exited: Promise<{ code?: number; signal?: string }>;
}

export async function startBareEngine(
  context: Pick<TestContext, "after">,
  projectPath: string,
  scene?: string,
  onEntry: (entry: RawEntry) => void = () => {},
): Promise<BareEngine> {
  const { path } = await realEngine();
  const { args, config, secret } = launch(
    { projectPath, windowed: false, godotPort: 0, playerGroup: "player", playerName: "Player" },
    scene,
    [],
  );
  return new Promise((resolve) => {
    let ended = (_exit: { code?: number; signal?: string }) => {};
    const exited = new Promise<{ code?: number; signal?: string }>((settle) => {
      ended = settle;
    });
    const engine = spawnEngine(
      path,
      args,
      { cwd: projectPath, config, source: "ENGINE" },
      {
        onEntry,
        onAnnouncement(announcement) {
          if (announcement.event === "goodbye") engine.release();
          else if (announcement.event === "listening")
            resolve({ port: announcement.port, authorization: `Bearer ${secret}`, exited });
        },
        onExit: ended,
      },
    );
    context.after(async () => {
      engine.signal("SIGKILL");
      await exited;
    });
  });
}

/** A raw connection: what is written goes out as it is, each call a packet. */
export class RawConnection {
  readonly #socket: Socket;
  #received = "";
  #changed: () => void = () => {};
  #closed = false;

  constructor(port: number) {
    this.#socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.#socket.on("data", (bytes) => {
      this.#received += bytes;
      this.#changed();
    });
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => {
      this.#closed = true;
      this.#changed();
    });
  }

  /** Resolves when the bytes have left. */
  write(text: string): Promise<void> {
    return new Promise((resolve) => this.#socket.write(text, () => resolve()));
  }

  /** All that came, once it matches; rejects when the connection closes before. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#received)) {
      if (this.#closed) throw new Error(`Closed after ${JSON.stringify(this.#received)}`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
    return this.#received;
  }

  /** All that came, once the other side has closed. */
  async untilClosed(): Promise<string> {
    while (!this.#closed)
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    return this.#received;
  }

  close(): void {
    this.#socket.destroy();
  }
}
