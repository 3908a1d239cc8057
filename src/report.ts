/** What the server says while it runs: lines for a person, or JSON lines for a service manager. */
export interface Report {
  info(message: string): void;
  error(message: string, cause?: unknown): void;
}

/** @param write gets each line, with its line break */
export function createReport(format: "text" | "json", write: (line: string) => void): Report {
  const put = (severity: "INFO" | "ERROR", message: string, cause?: unknown) => {
    const detail = cause instanceof Error ? (cause.stack ?? cause.message) : cause;
    if (format === "json") {
      write(
        `${JSON.stringify({ time: new Date().toISOString(), severity, message, ...(detail !== undefined && { detail }) })}\n`,
      );
    } else {
      const time = new Date().toTimeString().slice(0, 8);
      const text = `${severity === "ERROR" ? "Error: " : ""}${message}${detail === undefined ? "" : `\n${detail}`}`;
      write(`${time}  ${harmless(text)}\n`);
    }
  };
  return {
    info: (message) => put("INFO", message),
    error: (message, cause) => put("ERROR", message, cause),
  };
}

/** Words of a game reach the terminal: they neither steer it, nor begin a line as this server's own do. */
function harmless(text: string): string {
  return text
    .replace(/[^\P{Cc}\n\t]/gu, (one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, "0")}`)
    .replace(/\n/g, "\n  ");
}
