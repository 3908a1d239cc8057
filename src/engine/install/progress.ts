/** Progress lines at a pace that a person can read. */

/** Four lines a second. In milliseconds. */
const gap = 250;

/** Drops a line that comes too soon after one that differs only in its numbers. */
export function paced(onProgress: (message: string) => void): (message: string) => void {
  let last = 0;
  let shown = "";
  return (message) => {
    const now = performance.now();
    const words = message.replaceAll(/\d+/g, "");
    if (words === shown && now - last < gap) return;
    last = now;
    shown = words;
    onProgress(message);
  };
}
