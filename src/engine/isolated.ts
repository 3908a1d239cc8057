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
