/**
 * Calls a listener from where no caller could catch what it throws: a socket's event, a timer, a stream. Its fault ends
 * neither what it listens to nor the server; it becomes a rejection that is not awaited, and those are reported.
 */
export function isolated(call: () => void): void {
  try {
    call();
  } catch (error) {
    void Promise.reject(error);
  }
}

/** The same, where a fault ends what it was called for: half of it is done. */
export function isolatedOn(target: { destroy(): void }, call: () => void): void {
  isolated(() => {
    try {
      call();
    } catch (error) {
      target.destroy();
      throw error;
    }
  });
}
