import { isObject, type Properties } from "../values.ts";

/** Of what the server has, only what the inputs have too; lists go by position, as in the official plugin. */
export function pruned(live: Properties, inputs: Properties): Properties {
  const common = Object.entries(live).filter(([key]) => key in inputs);
  return Object.fromEntries(common.map(([key, value]) => [key, pruneValue(value, inputs[key])]));
}

function pruneValue(live: unknown, input: unknown): unknown {
  if (Array.isArray(live) && Array.isArray(input))
    return live.slice(0, input.length).map((item, i) => pruneValue(item, input[i]));
  return isObject(live) && isObject(input) ? pruned(live, input) : live;
}
