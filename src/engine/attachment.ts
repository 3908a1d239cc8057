/** A Godot that somebody else started: found on its port, driven as it is, never stopped. */
import { AddonLink } from "./addon_link.ts";
import { deadline } from "./deadline.ts";
import { HttpClient } from "./http_client.ts";
import { type Link, unreachable, type View } from "./link.ts";
import { PlainLink } from "./plain_link.ts";

/** Nobody announces that a Godot was started by hand: it is looked for, and while it is gone again. */
const lookEvery = 2_000;
const probeTimeout = 1_000;

export class Attachment {
  readonly #port: number;
  readonly #onView: (view: View) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #closing = new AbortController();
  #probing: Promise<boolean> | undefined;
  #link: Link | undefined;
  /** Runs count engines, as they do for our own. */
  #run = 0;

  constructor(port: number, onView: (view: View) => void) {
    this.#port = port;
    this.#onView = onView;
    this.#timer = setInterval(() => void this.probe(this.#closing.signal).catch(() => {}), lookEvery).unref();
    void this.probe(this.#closing.signal).catch(() => {});
  }

  get link(): Link | undefined {
    return this.#link;
  }

  /** Whether one is driven, after a look if there was none. */
  async probe(signal: AbortSignal): Promise<boolean> {
    if (this.#link) return true;
    this.#probing ??= this.#look(signal).finally(() => {
      this.#probing = undefined;
    });
    return this.#probing;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#closing.abort(new Error("closed"));
    this.#link?.close();
  }

  async #look(signal: AbortSignal): Promise<boolean> {
    const client = new HttpClient(this.#port);
    const limit = deadline(
      probeTimeout,
      AbortSignal.any([signal, this.#closing.signal]),
      () => new Error("no answer"),
    );
    try {
      const { status, body } = await client.call("GET", "/health", limit.signal);
      if (status !== 200) return false;
      this.#run += 1;
      return await this.#drive((body as { server?: unknown } | undefined)?.server === "godot_control");
    } catch {
      return false;
    } finally {
      limit.clear();
      client.close();
    }
  }

  /** Resolves when the link knows how the engine is. */
  #drive(hasAddon: boolean): Promise<boolean> {
    return new Promise((resolve) => {
      const options = {
        port: this.#port,
        run: this.#run,
        onView: (view: View) => {
          this.#onView(view);
          if (view.ready) resolve(true);
        },
        onLost: () => {
          this.#link?.close();
          this.#link = undefined;
          this.#onView(unreachable);
          resolve(false);
        },
      };
      this.#link = hasAddon ? new AddonLink(options) : new PlainLink(options);
    });
  }
}
