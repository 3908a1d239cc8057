/** Random sequences of what callers ask of an engine and what befalls it, for the model and for the real thing. */
import fc from "fast-check";

/** What a caller wants, or what the engine does unasked. */
export type Command = "start" | "restart" | "stop" | "kill -9" | "exit 0" | "freeze";

export const isIntent = (command: Command) =>
  command === "start" || command === "restart" || command === "stop";

/** A frozen engine takes a second and more to be noticed: it is the rare one. */
export const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 10, arbitrary: fc.constantFrom<Command>("start", "restart") },
  { weight: 6, arbitrary: fc.constant<Command>("stop") },
  { weight: 6, arbitrary: fc.constantFrom<Command>("kill -9", "exit 0") },
  { weight: 1, arbitrary: fc.constant<Command>("freeze") },
);
