/** What a program may import that wants the server inside itself; most only need the generated clients. */
export { UsageError } from "./config/config.ts";
export {
  createServer,
  type EngineOptions,
  type GodotServer,
  type PlayerOptions,
  type ServerOptions,
  type Timeouts,
} from "./create_server.ts";
export type { Report } from "./report.ts";
