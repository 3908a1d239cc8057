/** A path of `google.api.http`: `/nodes/{path=**}` binds what stands there to a field of the request. */

export interface Template {
  /** As the router writes it: `/nodes/*`. */
  readonly url: string;
  /** The field that each of its parameters is, by the router's name for it. */
  readonly fields: ReadonlyMap<string, string>;
  /** Whether a path is one of these. */
  matches(path: string): boolean;
}

const variable = /\{(\w+)(=\*\*)?\}/g;

/** @throws where it has a form that this server does not serve */
export function parseTemplate(path: string): Template {
  const fields = new Map<string, string>();
  const url = path.replaceAll(variable, (_, field: string, rest: string | undefined) => {
    fields.set(rest ? "*" : field, field);
    return rest ? "*" : `:${field}`;
  });
  if (/[{}]|\*./.test(url)) throw new Error(`The path ${path} has a form that is not served.`);
  const pattern = new RegExp(`^${url.replaceAll(/:\w+/g, "[^/]+").replace("*", ".+")}$`);
  return { url, fields, matches: (given) => pattern.test(given) };
}
