/** The agent's calls, by REST and by Connect in turn, and their answers in one form: that of REST. */
import { type JsonValue, toJson } from "@bufbuild/protobuf";
import { type Client, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { ErrorDetailSchema } from "#gen/error_pb.js";
import { GodotControlService } from "#gen/godot_control_service_pb.js";
import { HealthSchema } from "#gen/health_pb.js";
import { type LoadResult, LoadResultSchema } from "#gen/scene_pb.js";
import { SceneService } from "#gen/scene_service_pb.js";

export interface Issue {
  readonly message: string;
  readonly severity: string;
  readonly source: string;
  readonly file?: string | null;
  readonly line?: number | null;
}

/** What became of a load. */
export interface Answer {
  readonly protocol: Protocol;
  /** The path of the scene that is said to run; undefined where the load failed. */
  readonly scene: string | undefined;
  /** The name of the failure; undefined where there is none. */
  readonly reason: string | undefined;
  readonly message: string;
  /** Of a failure: its log tail. */
  readonly issues: readonly Issue[];
  /** What the server says of files that changed during the load; empty where it says nothing. */
  readonly newerOnDisk: string;
}

export interface Health {
  readonly healthy: boolean;
  readonly blockingIssues: readonly string[];
  readonly pid: number | undefined;
  readonly run: number;
  readonly isRunning: boolean;
  /** The current scene's path; undefined where none is loaded. */
  readonly scene: string | undefined;
}

export type Protocol = "REST" | "Connect";
type Json = Record<string, unknown>;

export class Agent {
  readonly #baseUrl: string;
  readonly #scene: Client<typeof SceneService>;
  readonly #godot: Client<typeof GodotControlService>;

  constructor(baseUrl: string) {
    this.#baseUrl = baseUrl;
    const transport = createConnectTransport({ baseUrl, httpVersion: "2" });
    this.#scene = createClient(SceneService, transport);
    this.#godot = createClient(GodotControlService, transport);
  }

  load(protocol: Protocol, scenePath: string): Promise<Answer> {
    return protocol === "REST"
      ? this.#restLoad("/scene/load", { scene_path: scenePath })
      : connectLoad(() => this.#scene.loadScene({ scenePath }));
  }

  reload(protocol: Protocol): Promise<Answer> {
    return protocol === "REST"
      ? this.#restLoad("/scene/reload", {})
      : connectLoad(() => this.#scene.reloadScene({}));
  }

  /** What `GET /scene` or its rpc says: a path, or undefined where no scene is current. */
  async currentScene(protocol: Protocol): Promise<string | undefined> {
    if (protocol === "Connect") return (await this.#scene.getCurrentScene({})).scene?.path;
    const { body } = await this.#rest("GET", "/scene");
    return pathOf(body.scene);
  }

  /** `GET /status` says it in both ways: as the predecessor did, and as the rpc. */
  async health(protocol: Protocol): Promise<Health> {
    if (protocol === "Connect") {
      const { health } = await this.#godot.getHealth({});
      return toHealth(health ? (toJson(HealthSchema, health, jsonOptions) as Json) : {});
    }
    const { body } = await this.#rest("GET", "/status");
    return toHealth(body.health as Json);
  }

  /** Whether `GET /health` answers 200; its body has to agree. */
  async isHealthy(): Promise<boolean> {
    const { status, body } = await this.#rest("GET", "/health");
    if ((status === 200) !== body.overall_healthy)
      throw new Error(`/health answers ${status} and overall_healthy: ${body.overall_healthy}`);
    return status === 200;
  }

  /** Starts the engine at once, where the server would wait ever longer after many exits. */
  async start(): Promise<void> {
    await this.#rest("POST", "/start");
  }

  async #restLoad(path: string, request: Json): Promise<Answer> {
    const { status, body } = await this.#rest("POST", path, request);
    return status === 200 ? loaded("REST", body) : failed("REST", String(body.details ?? body.message), body);
  }

  async #rest(method: string, path: string, request?: Json): Promise<{ status: number; body: Json }> {
    const response = await fetch(this.#baseUrl + path, {
      method,
      ...(request && {
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(request),
      }),
    });
    return { status: response.status, body: (await response.json()) as Json };
  }
}

const jsonOptions = { useProtoFieldName: true, alwaysEmitImplicit: true };

async function connectLoad(call: () => Promise<{ result?: LoadResult | undefined }>): Promise<Answer> {
  try {
    const { result } = await call();
    return loaded("Connect", result ? (toJson(LoadResultSchema, result, jsonOptions) as Json) : {});
  } catch (cause) {
    const error = ConnectError.from(cause);
    const [detail] = error.findDetails(ErrorDetailSchema);
    const body = detail ? (toJson(ErrorDetailSchema, detail, jsonOptions) as Json) : {};
    return failed("Connect", error.rawMessage, body);
  }
}

const loaded = (protocol: Protocol, body: Json): Answer => ({
  protocol,
  scene: pathOf(body.scene) ?? "",
  reason: undefined,
  message: "",
  issues: (body.issues ?? []) as Issue[],
  newerOnDisk: String(body.newer_on_disk ?? ""),
});

const failed = (protocol: Protocol, message: string, body: Json): Answer => ({
  protocol,
  scene: undefined,
  reason: String(body.reason ?? "without a name").replace(/^ERROR_REASON_/, ""),
  message,
  issues: (body.log_tail ?? []) as Issue[],
  newerOnDisk: String((body.metadata as Json | undefined)?.newer_on_disk ?? ""),
});

/** An absent scene, and one without a path, are none. */
const pathOf = (scene: unknown): string | undefined =>
  (scene as { path?: string } | null | undefined)?.path || undefined;

function toHealth(health: Json): Health {
  const engine = health.process as { state?: JsonValue; pid?: number; run?: string } | undefined;
  return {
    healthy: health.healthy === true,
    blockingIssues: (health.blocking_issues ?? []) as string[],
    pid: engine?.pid ?? undefined,
    run: Number(engine?.run ?? 0),
    isRunning: engine?.state === "ENGINE_STATE_RUNNING",
    scene: pathOf(health.scene),
  };
}
