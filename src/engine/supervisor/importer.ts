/** Godot as an importer: a process that reads the project's assets, says what it works on, and ends. */
import { importFailed } from "../../errors/project.ts";
import type { LogEntry } from "../../model/log_entry.ts";
import type { Engine } from "../install/find.ts";
import type { RawEntry } from "../process/log_parser.ts";
import { spawnEngine } from "../process/process.ts";
import { projectArgument } from "../process/project_argument.ts";
import { type AssetWork, ImporterProgress } from "./importer_progress.ts";

/** In ms. An import names each file that it works on; one that is silent for `longest` hangs, and is killed. */
const silence = { told: 30_000, longest: 600_000 };
/** Entries that a failure tells, the last ones. */
const mostTold = 50;

export interface ImportListener {
  /** @param work the asset that it works on */
  onEntry(entry: RawEntry, work?: AssetWork): LogEntry;
  /** Called again and again while it is silent, with the seconds since its last word. */
  onSilence(seconds: number): void;
}

/** @throws `importFailed` where it ends otherwise than it should, a shortage of the system, or the signal's reason */
export function runImport(
  { path }: Pick<Engine, "path">,
  root: string,
  signal: AbortSignal,
  { onEntry, onSilence }: ImportListener,
  { told, longest } = silence,
): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const entries: LogEntry[] = [];
    const progress = new ImporterProgress();
    let silent = 0;
    const listen = () => {
      silent += told;
      if (silent >= longest) importer.signal("SIGKILL");
      else onSilence(silent / 1000);
    };
    const importer = spawnEngine(
      path,
      ["--headless", ...projectArgument(root), "--import"],
      { cwd: root, config: "", source: "IMPORT", isOneStream: true },
      {
        onEntry(entry) {
          silent = 0;
          timer.refresh();
          progress.note(entry.message);
          // A plug-in may print without end.
          if (entries.push(onEntry(entry, progress.work)) > 2 * mostTold) entries.splice(0, mostTold);
        },
        onAnnouncement() {},
        onExit(exit) {
          clearInterval(timer);
          signal.removeEventListener("abort", cancel);
          if (signal.aborted) reject(signal.reason);
          else if (exit.code === 0) resolve();
          else if (progress.isDone) {
            onEntry(endedBadly(exit.message));
            resolve();
          } else if (exit.starved) reject(Object.assign(new Error(exit.message), { code: exit.starved }));
          else if (silent >= longest)
            reject(
              importFailed(
                `the importer said nothing for ${longest / 1000} s, and was ended`,
                entries.slice(-mostTold),
              ),
            );
          else reject(importFailed(exit.message, entries.slice(-mostTold)));
        },
      },
    );
    const timer = setInterval(listen, told);
    const cancel = () => importer.signal("SIGKILL");
    signal.addEventListener("abort", cancel, { once: true });
  });
}

/** Plug-ins of the editor crash it as it quits, when all is written. */
const endedBadly = (exit: string): RawEntry => ({
  severity: "WARN",
  source: "IMPORT",
  message: `The project was imported, and then the importer did not end as it should, which a plug-in of the editor may have caused. ${exit}`,
  backtrace: [],
});
