import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkConfig, diffConfig } from "../../../../lab/pulumi-stand-ins/kubernetes/provider.ts";
import { type Properties, UNKNOWN } from "../../../../lab/pulumi-stand-ins/values.ts";
import { tempFolder, textFile } from "../../../support/folder.ts";

describe("the provider's configuration", () => {
  const kubeconfig = (server: string) =>
    textFile(
      join(tempFolder(), "kubeconfig"),
      JSON.stringify({
        "current-context": "c",
        contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
        clusters: [{ name: "c", cluster: { server } }],
        users: [{ name: "u" }],
      }),
    );

  test("is refused where the stand-in would have to ignore it", () => {
    expect(checkConfig({ kubeconfig: "x", clusterIdentifier: "a", version: "4.34.2" })).toEqual([]);
    expect(checkConfig({ context: "b" }).map(({ property }) => property)).toEqual(["context", "kubeconfig"]);
  });

  test("replaces everything for another cluster, told by the identifier if there is one", () => {
    const config = (server: string, clusterIdentifier?: string) => ({
      kubeconfig: kubeconfig(server),
      ...(clusterIdentifier && { clusterIdentifier }),
    });
    const replaces = (before: Properties, after: Properties) => diffConfig(before, after).replaces;
    expect(replaces(config("https://a", "1"), config("https://b", "1"))).toEqual([]);
    expect(replaces(config("https://a", "1"), config("https://a", "2"))).toEqual(["clusterIdentifier"]);
    expect(replaces(config("https://a"), config("https://b"))).toEqual(["kubeconfig"]);
    expect(replaces(config("https://a"), config("https://a", "1"))).toEqual([]);
    expect(replaces(config("https://a"), { kubeconfig: UNKNOWN })).toEqual(["kubeconfig"]);
    expect(replaces(config("https://a", "1"), { kubeconfig: UNKNOWN, clusterIdentifier: "1" })).toEqual([]);
  });
});
