/** What the contract says of a thing, in its own words. */
import { getComments } from "@bufbuild/protoplugin";

export const commentOf = (desc: Parameters<typeof getComments>[0]): string =>
  (getComments(desc).leading ?? "").replaceAll(/^ /gm, "").trim();
