/**
 * Models of Blender where Blender is not: Godot's importer then imports nothing at all, and ends as if all were well
 * (EditorFileSystem::_scan_import_support). Everything else is imported without them.
 */
import type { RawEntry } from "../process/log_parser.ts";

export const blend = /\.blend$/i;

/** What the importer says (EditorFileSystemImportFormatSupportQueryBlend::query). */
export const isBlenderMissing = ({ message }: Pick<RawEntry, "message">) =>
  message.startsWith("Blender path is invalid or not set");

/** Settings of an import that leaves them out. */
export const withoutBlender = "\n[filesystem]\n\nimport/blender/enabled=false\n";

export const withoutImport = (path: string): RawEntry => ({
  severity: "ERROR",
  source: "IMPORT",
  message: `res://${path} was not imported: Godot finds no Blender. Export the model as glTF, or name Blender in the editor's settings (filesystem/import/blender/blender_path) of the user who runs this server, and save the model again.`,
  file: `res://${path}`,
  backtrace: [],
});
