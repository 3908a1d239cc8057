/** Which scene the next run boots into: the last one that was proved, unless it keeps ending the engine. */

/** A scene that ended the engine so often while it loaded is not booted into again. */
const mostCrashes = 2;

export class BootScene {
  /** What the project starts with: its main scene, or the one it was told to load. */
  initial: string | undefined;
  #verified: string | undefined;
  #wanted: string | undefined;
  #loading: string | undefined;
  #crashes = new Map<string, number>();

  /** The scene that was proved last; undefined before the first. */
  get lastVerified(): string | undefined {
    return this.#verified;
  }

  /** The scene that is on its way; undefined while none is. */
  get onItsWay(): string | undefined {
    return this.#loading;
  }

  /** A caller asked for this scene, and the engine has to be started for it. */
  want(path: string): void {
    this.#wanted = path;
  }

  /** It need not be booted into any more: it can be loaded, or its caller has left. */
  unwant(path: string): void {
    if (this.#wanted === path) this.#wanted = undefined;
  }

  loading(path: string): void {
    this.#loading = path;
  }

  verified(path: string): void {
    this.#verified = path;
    this.#loading = undefined;
    this.#crashes.delete(path);
  }

  /** The load is over without a proof, and the engine lives. */
  failed(): void {
    this.#loading = undefined;
  }

  /** The engine ended by itself; @param scene what is taken for the cause: undefined where that is no scene */
  crashed(scene: string | undefined): void {
    if (this.#loading !== undefined && scene === this.#loading)
      this.#crashes.set(this.#loading, (this.#crashes.get(this.#loading) ?? 0) + 1);
    this.#loading = undefined;
  }

  /** An explicit start: everything may be tried again. */
  forgive(): void {
    this.#crashes.clear();
  }

  /** The scene of the run that begins now. */
  take(): string | undefined {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    const scene =
      wanted ?? [this.#verified, this.initial].find((path) => path !== undefined && this.#isTrusted(path));
    this.#loading = scene;
    return scene;
  }

  #isTrusted(path: string): boolean {
    return (this.#crashes.get(path) ?? 0) < mostCrashes;
  }
}
