import type { Opening } from "../opened/open.ts";
import { keysNotAsked } from "./questions.ts";
import type { DownstreamCluster, LeftOut } from "./schema.ts";

/** What was not asked about where Rancher has too many objects, by resource and cluster. */
export function leftOut(opening: Opening, clusters: Pick<DownstreamCluster, "id" | "name">[]): LeftOut[] {
  const names = new Map(clusters.map(({ id, name }) => [id, name]));
  const keys = Map.groupBy(keysNotAsked(opening), (key) => key.slice(0, key.lastIndexOf("/")));
  return [...keys].map(([prefix, { length: count }]) => {
    const [group = "", plural = "", namespace] = prefix.slice("/registry/".length).split("/");
    const of = namespace === undefined ? undefined : (names.get(namespace) ?? namespace);
    return { resource: `${plural}.${group}`, ...(of !== undefined && { of }), count };
  });
}
