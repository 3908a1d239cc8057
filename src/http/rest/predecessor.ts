/** The rpcs whose answers are not their messages: the predecessor's users know them by other keys. */
import type { DescMethod, Message, MessageShape } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import { GodotControlService } from "#gen/godot_control_service_pb.js";
import { SceneService } from "#gen/scene_service_pb.js";
import { control, health, healthBody, loaded, status } from "./answers.ts";
import { loadError, type RestAnswer, startError } from "./errors.ts";
import type { ServerSentMessage } from "./event_stream.ts";

interface Override<M extends Message = Message> {
  readonly answer?: (message: M) => RestAnswer;
  readonly failure?: (error: ConnectError) => RestAnswer;
  readonly event?: (message: M) => ServerSentMessage;
}

export const overrides = new Map<DescMethod, Override>();

function override<D extends DescMethod>(method: D, own: Override<MessageShape<D["output"]>>): void {
  overrides.set(method, own as Override);
}

const { method: godot } = GodotControlService;
const { method: scene } = SceneService;

override(scene.loadScene, { answer: ({ result }) => loaded(result), failure: loadError });
override(scene.reloadScene, { answer: ({ result }) => loaded(result), failure: loadError });
override(godot.getHealth, { answer: (message) => health(message.health) });
override(godot.getStatus, { answer: (message) => status(message.status) });
override(godot.start, {
  answer: ({ alreadyRunning, health: value }) =>
    control(alreadyRunning ? "Godot is already running" : "Godot started", value),
  failure: startError,
});
override(godot.stop, {
  answer: ({ alreadyStopped, health: value }) =>
    control(alreadyStopped ? "Godot is not running" : "Godot stopped", value),
});
override(godot.restart, {
  answer: (message) => control("Godot restarted", message.health),
  failure: startError,
});
override(godot.watchHealth, {
  event: ({ heartbeat, health: value }) => ({
    event: heartbeat ? "heartbeat" : "health",
    data: value ? healthBody(value) : {},
  }),
});
