/** What a program may import that wants the server inside itself; most only need the generated clients. */
export { type Config, UsageError } from "./config/config.ts";
export { readConfig } from "./config/read.ts";
export { ControlError } from "./model/control_error.ts";
export { createReport, type Report } from "./report.ts";
export { buildServer, type Server } from "./server.ts";
