/** A real browser, where this machine has one, on pages that a test serves. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { execa } from "execa";
import { temporaryFolder } from "./project.ts";

/** What a page asks with: `tried` fetches, and `settled` waits for an image, or for a stream of events. */
export const pageTools = `const tried = async (url, init) => {
  try {
    const { type, status } = await fetch(url, init);
    return type === "opaque" ? "unread" : status;
  } catch {
    return "blocked";
  }
};
const settled = (element, source) => new Promise((resolve) => {
  element.onload = element.onopen = () => resolve("let in");
  element.onerror = () => resolve("blocked");
  if (source) element.src = source;
});`;

/** A browser's program on this machine; Debian's package is called chromium. */
export async function findBrowser(): Promise<string | undefined> {
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    const { exitCode } = await execa(name, ["--version"], { reject: false });
    if (exitCode === 0) return name;
  }
  return undefined;
}

/**
 * Opens an address in the browser until `reported` is settled, and gives what that does.
 * @param names those of hosts that lead to this machine
 */
export async function browse<T>(
  context: TestContext,
  { browser, url, names }: { browser: string; url: string; names: readonly string[] },
  reported: Promise<T>,
): Promise<T> {
  const running = execa(
    browser,
    [
      ...["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage"],
      `--host-resolver-rules=${names.map((name) => `MAP ${name} 127.0.0.1`).join(", ")}`,
      `--user-data-dir=${await temporaryFolder(context)}`,
      "--remote-debugging-port=0",
      url,
    ],
    { reject: false, stdio: "ignore" },
  );
  const ended = running.then(({ exitCode }) => assert.fail(`The browser ended with ${exitCode}.`));
  try {
    return await Promise.race([reported, ended]);
  } finally {
    ended.catch(() => {});
    running.kill("SIGKILL");
    await running;
  }
}
