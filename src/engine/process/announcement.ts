/** What the addon says of itself among the engine's output; see boot.gd. */
import { longestPath } from "../bounds.ts";
import { Said } from "./said.ts";

export type Announcement =
  /** On standard error: what the engine raises from here on, the addon hears itself. */
  | { readonly event: "hearing"; readonly nonce: string }
  | { readonly event: "listening"; readonly port: number; readonly nonce: string }
  /** `scene` is the one that was put in place last; empty where there was none. */
  | { readonly event: "goodbye"; readonly nonce: string; readonly scene: string };

const mark = "@godot-control ";
const largestPort = 65_535;

/** Undefined where the line is none: a game may print what it likes. */
export function readAnnouncement(line: string): Announcement | undefined {
  if (!line.startsWith(mark)) return undefined;
  try {
    const said = new Said(JSON.parse(line.slice(mark.length)));
    const nonce = said.field("nonce").path();
    switch (said.field("event").text()) {
      case "hearing":
        return { event: "hearing", nonce };
      case "listening":
        // 0 says that no port was free.
        return { event: "listening", nonce, port: said.field("port").whole(0, largestPort) };
      case "goodbye":
        return { event: "goodbye", nonce, scene: said.field("scene").text(longestPath) };
      default:
        return undefined;
    }
  } catch {
    return undefined;
  }
}
