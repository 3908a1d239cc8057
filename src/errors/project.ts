/** What is wrong with a project before an engine runs it. */
import { ControlError } from "../model/control_error.ts";
import { type LogEntry, theEngineSays } from "../model/log_entry.ts";

export const projectInvalid = (problem: string) =>
  new ControlError(
    "PROJECT_INVALID",
    `The project cannot be run: ${problem}. Name a folder with a sound project.godot with --project-path.`,
  );

/** The same error, of a call that came while an engine was running: nothing was to be started. */
export const whileEngineRuns = ({ reason, message, ...more }: ControlError) =>
  new ControlError(
    reason,
    `${message} The engine that was started before runs on, with what it has read.`,
    more,
  );

export const importFailed = (problem: string, logTail: readonly LogEntry[]) =>
  new ControlError("IMPORT_FAILED", `Importing the project failed: ${problem}.${theEngineSays(logTail)}`, {
    logTail,
  });

/** Unforeseen: a disk that is full, a folder that cannot be read. */
export const cannotPrepare = (cause: NodeJS.ErrnoException) =>
  new ControlError(
    "IMPORT_FAILED",
    `The start could not be prepared: ${cause.code ?? cause.message}${cause.syscall ? ` in ${cause.syscall}` : ""}. Look at the disk, and at the rights of the project and cache folders.`,
  );
