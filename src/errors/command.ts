/** What the addon answers where it cannot do what it is asked for. */
import { ControlError, type ErrorReason } from "../model/control_error.ts";

/** In the addon's own words. */
export const commandFailed = (
  reason: ErrorReason,
  message: string,
  metadata: Readonly<Record<string, string>>,
) => new ControlError(reason, message, { metadata });
