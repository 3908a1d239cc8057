import { readFileSync } from "node:fs";

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

/** This package's version. */
export const version: string = manifest.version;

/** The Node it needs: `>=22.18`. */
export const neededNode: string = manifest.engines.node;
