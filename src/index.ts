/** What a program may import that wants the server inside itself; most only need the generated clients. */
export { type Config, readConfig, UsageError } from "./config.ts";
export { ControlError } from "./model/control_error.ts";
export { createReport, type Report } from "./report.ts";
export { buildServer, type Server } from "./server.ts";
