/**
 * Answers each rpc of a service that the engine itself answers, by descriptor: the request goes to the addon's command
 * of the same name, and what that answers comes back as the response.
 */
import { type DescMethod, type DescService, getOption, type Message } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import { ErrorReason } from "#gen/error_pb.js";
import { engine } from "#gen/options_pb.js";
import { deadline } from "../../async/deadline.ts";
import { Feed } from "../../async/feed.ts";
import { Semaphore } from "../../async/semaphore.ts";
import { CommandFailure, type CommandOptions } from "../../engine/link/link.ts";
import type { Dictionary, Variant } from "../../engine/link/variant/variant.ts";
import { standingStill } from "../../engine/supervisor/exit_blame.ts";
import { inRun } from "../../engine/supervisor/in_run.ts";
import type { Snapshot } from "../../engine/supervisor/snapshot.ts";
import type { Supervisor } from "../../engine/supervisor/supervisor.ts";
import { commandFailed } from "../../errors/command.ts";
import {
  callTimeout,
  engineUnresponsive,
  stoppedMeanwhile,
  tooManyCalls,
  tooManyWatches,
} from "../../errors/engine.ts";
import type { ControlError, ErrorReason as Reason } from "../../model/control_error.ts";
import type { Implementation } from "../in_process.ts";
import { toDictionary, toMessage } from "./message.ts";
import { readObjects } from "./objects.ts";

export interface BridgeOptions {
  readonly supervisor: Supervisor;
  /** Milliseconds that an engine which has said goodbye may take to end. */
  readonly hangTimeout: number;
  /** Aborted when the server closes: watches end with its reason, calls in flight may finish. */
  readonly closing: AbortSignal;
  /** Milliseconds in which a call that is no stream is answered; absent: a minute, as the contract has it. */
  readonly longestCall?: number;
}

/** At the same time. The bus takes some more, for loads and to quit (bus.gd). */
const mostCalls = 100;
const mostWatches = 128;

/** @throws where a rpc of the service is of a kind that the bus does not carry */
export function bridge(service: DescService, options: BridgeOptions): Implementation {
  const { commands } = getOption(service, engine);
  if (commands === "") throw new Error(`${service.name} is not answered by the engine.`);
  // What has no place is refused, and does not wait for one.
  const calls = new Semaphore(mostCalls, 0, tooManyCalls);
  const watches = new Semaphore(mostWatches, 0, () => tooManyWatches(mostWatches));
  const methods = service.methods.map((method) => {
    const command = `${commands}.${toSnakeCase(method.localName)}`;
    if (method.methodKind === "unary")
      return [method.localName, unary(method, command, options, calls)] as const;
    if (method.methodKind === "server_streaming")
      return [method.localName, stream(method, command, options, watches)] as const;
    throw new Error(`${method.name} is a stream of requests, which the bus does not carry.`);
  });
  return { service, methods: Object.fromEntries(methods) as Implementation["methods"] };
}

const toSnakeCase = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const unary = (method: DescMethod, command: string, options: BridgeOptions, calls: Semaphore) => {
  const { supervisor, longestCall = 60_000 } = options;
  return async (request: Message, { signal }: HandlerContext): Promise<Message> => {
    const leave = await calls.take(signal);
    const limit = deadline(longestCall, signal, () =>
      callTimeout(longestCall, standingStill(supervisor.feed.value.view)),
    );
    try {
      const snapshot = await supervisor.running(limit.signal);
      const payload = toDictionary(method.input, request);
      const answer = await ask(command, payload, snapshot, { signal: limit.signal }, options);
      return toResponse(method, answer, snapshot);
    } finally {
      leave();
      limit.clear();
    }
  };
};

const stream = (method: DescMethod, command: string, options: BridgeOptions, watches: Semaphore) =>
  async function* (request: Message, { signal: left }: HandlerContext): AsyncIterable<Message> {
    const leave = await watches.take(left);
    const over = new AbortController();
    try {
      const signal = AbortSignal.any([left, options.closing, over.signal]);
      const snapshot = await options.supervisor.running(signal);
      const payload = toDictionary(method.input, request);
      const latest = new Feed<Variant | undefined>(undefined);
      const onMessage = (message: Variant) => latest.set(message);
      const asking = ask(command, payload, snapshot, { signal, onMessage }, options);
      const ended = asking.catch(() => {}).then(() => over.abort(over));
      let told: Variant | undefined;
      try {
        for await (const message of latest.watch(over.signal)) {
          told = message;
          if (message !== undefined) yield toResponse(method, message, snapshot);
        }
      } catch (reason) {
        if (reason !== over) throw reason;
      }
      await ended;
      if (latest.value !== undefined && latest.value !== told)
        yield toResponse(method, latest.value, snapshot);
      await asking;
    } finally {
      // The caller may have left before it ended.
      over.abort(over);
      leave();
    }
  };

/** @throws what the command failed with, how the engine ended meanwhile, or the signal's reason */
async function ask(
  command: string,
  payload: Dictionary,
  { attached, run }: Snapshot,
  options: CommandOptions,
  { supervisor, hangTimeout }: BridgeOptions,
): Promise<Variant> {
  const { link } = supervisor;
  if (!link) throw stoppedMeanwhile();
  try {
    const answer = () => link.command(command, payload, options);
    return attached ? await answer() : await inRun(supervisor, run, hangTimeout, answer);
  } catch (error) {
    throw error instanceof CommandFailure ? toControlError(error, command) : error;
  }
}

function toControlError({ reason, message, metadata }: CommandFailure, command: string): ControlError {
  // The enumeration has its numbers as keys too.
  if (/^[A-Z]/.test(reason) && reason in ErrorReason)
    return commandFailed(reason as Reason, message, metadata);
  return engineUnresponsive(`${command} failed with ${reason}: ${message.replace(/\.$/, "")}`);
}

function toResponse({ output }: DescMethod, answer: Variant, { run }: Snapshot): Message {
  try {
    return toMessage(output, answer, readObjects(answer, run));
  } catch (error) {
    throw engineUnresponsive(`its answer cannot be read: ${(error as Error).message}`);
  }
}
