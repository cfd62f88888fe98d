import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { otherRancherInAddons, unreadAddons } from "../../../cluster/rke/addons.ts";
import { tempFolder, textFile } from "../../support/folder.ts";
import { WANTED } from "../../support/rancher.ts";

const NODES = "nodes:\n- {address: 198.18.0.11, user: root, role: [etcd]}\n";

/** The add-on of Rancher's documentation, of which only what is of use here. */
function addon(image: string, { name = "cattle", namespace = "cattle-system", container = "cattle-server" } = {}) {
  return `---
kind: Namespace
apiVersion: v1
metadata:
  name: cattle-system
---
kind: Deployment
apiVersion: extensions/v1beta1
metadata:
  namespace: ${namespace}
  name: ${name}
spec:
  template:
    spec:
      containers:
      # - image: rancher/rancher:v2.4.0
      - image: ${image}
        name: ${container}
`;
}

const indented = (text: string) => text.replaceAll(/^(?=.)/gm, "  ");

/** The problems of a cluster file with this behind its nodes, and of the files beside it. */
function problemsOf(text: string, beside: Record<string, string> = {}) {
  const folder = tempFolder();
  for (const [name, content] of Object.entries(beside)) textFile(join(folder, name), content);
  const path = textFile(join(folder, "rancher-cluster.yml"), `${NODES}${text}`);
  const problems = otherRancherInAddons(path, WANTED).map(({ message, remedy }) => ({
    message: message.replaceAll(folder, "."),
    remedy: String(remedy).replaceAll(folder, "."),
  }));
  const unread = unreadAddons(path);
  return { problems, unread };
}

const imagesOf = (text: string, beside?: Record<string, string>) =>
  problemsOf(text, beside).problems.map(({ message }) => /the image (\S+?):? /.exec(message)?.[1]);

describe("Rancher in the add-ons of the cluster file", () => {
  test("with another image than the rollback sets is told, with the line and what to write there", () => {
    expect(problemsOf(`addons: |-\n${indented(addon("rancher/rancher:v2.6.0"))}`)).toEqual({
      problems: [
        {
          message:
            "addons in ./rancher-cluster.yml has the image rancher/rancher:v2.6.0: RKE deploys that with every `rke up`, also with those of this rollback, and this Rancher would start on the restored data in the place of rancher/rancher:v2.5.8",
          remedy: "write image: rancher/rancher:v2.5.8 in ./rancher-cluster.yml at line 20",
        },
      ],
      unread: [],
    });
  });

  test.each([
    ["the image that is set", addon("rancher/rancher:v2.5.8")],
    ["a quoted one", addon('"rancher/rancher:v2.5.8"')],
    ["an agent", addon("rancher/rancher-agent:v2.6.0", { name: "agent", container: "agent" })],
    ["a container of that name elsewhere", addon("nginx:1.19", { namespace: "default" })],
    ["no container", "kind: Namespace\nmetadata: {name: cattle-system}\n"],
  ])("is nothing to tell for %s", (_, text) => {
    expect(problemsOf(`addons: |\n${indented(text)}`).problems).toEqual([]);
  });

  test.each([
    ["quoted", addon('"rancher/rancher:v2.6.0"'), "rancher/rancher:v2.6.0"],
    ["with a digest", addon("rancher/rancher:v2.5.8@sha256:12ab"), "rancher/rancher:v2.5.8@sha256:12ab"],
    ["with the registry before it", addon("docker.io/rancher/rancher:v2.5.8"), "docker.io/rancher/rancher:v2.5.8"],
    ["without a tag", addon("rancher/rancher"), "rancher/rancher"],
    [
      "of another registry",
      addon("registry.local:5000/rancher/rancher:v2.5.8"),
      "registry.local:5000/rancher/rancher:v2.5.8",
    ],
    ["under another name", addon("registry.local/cattle:7"), "registry.local/cattle:7"],
    ["in a Deployment of another name", addon("rancher/rancher:v2.6.0", { name: "old" }), "rancher/rancher:v2.6.0"],
    [
      "in a list",
      `kind: List\nitems:\n- ${indented(addon("registry.local/cattle:7").split("---\n")[2] ?? "").trim()}\n`,
      "registry.local/cattle:7",
    ],
  ])("is found %s", (_, text, image) => {
    expect(imagesOf(`addons: |-\n${indented(text)}`)).toEqual([image]);
  });

  test("is found in text that is no YAML, by the lines that name its image", () => {
    const broken = `addons: |-
  a: {{ x }}: [
  # image: rancher/rancher:v2.4.0
  image: rancher/rancher:v2.6.0
  image: rancher/rancher:v2.5.8
  image: "rancher/rancher"
  value: rancher/rancher:v2.3.0
`;
    expect(imagesOf(broken)).toEqual(["rancher/rancher:v2.6.0", "rancher/rancher"]);
  });

  test.each([
    ["in the data of a ConfigMap", "kind: ConfigMap\ndata: {image: 'rancher/rancher:v2.6.0'}\n"],
    ["in a Job", "kind: Job\nspec: {template: {spec: {containers: [{image: 'rancher/rancher:v2.6.0'}]}}}\n"],
    [
      "in a CronJob",
      "kind: CronJob\nspec: {jobTemplate: {spec: {template: {spec: {containers: [{image: 'rancher/rancher:v2.6.0'}]}}}}}\n",
    ],
  ])("is none that serves where its image stands %s", (_, text) => {
    expect(problemsOf(`addons: |\n${indented(text)}`).problems).toEqual([]);
  });

  test("is found in a Pod", () => {
    const pod = "kind: Pod\nspec: {containers: [{image: 'rancher/rancher:v2.6.0'}]}\n";
    expect(imagesOf(`addons: |\n${indented(pod)}`)).toEqual(["rancher/rancher:v2.6.0"]);
  });

  test("is told once where it stands several times, with every line", () => {
    const twice = `addons: |-\n${indented(addon("rancher/rancher:v2.6.0"))}${indented(addon("rancher/rancher:v2.6.0"))}`;
    expect(problemsOf(twice).problems.map(({ remedy }) => remedy)).toEqual([
      "write image: rancher/rancher:v2.5.8 in ./rancher-cluster.yml at lines 20 and 38",
    ]);
  });

  test("is told of a text that is written in one line, without a line", () => {
    const folded = `addons: ${JSON.stringify(addon("rancher/rancher:v2.6.0"))}\n`;
    expect(problemsOf(folded).problems.map(({ remedy }) => remedy)).toEqual([
      "write image: rancher/rancher:v2.5.8 in ./rancher-cluster.yml, in addons",
    ]);
  });

  test("is found in the files of addons_include, from the cluster file's folder on", () => {
    const { problems, unread } = problemsOf("addons_include:\n- ./rancher.yml\n- other.yml\n", {
      "rancher.yml": addon("rancher/rancher:v2.6.0"),
      "other.yml": "kind: Namespace\n",
    });
    expect(problems).toEqual([
      {
        message: expect.stringContaining(
          "./rancher.yml, which addons_include names, has the image rancher/rancher:v2.6.0",
        ),
        remedy: "write image: rancher/rancher:v2.5.8 in ./rancher.yml at line 17",
      },
    ]);
    expect(unread).toEqual([]);
  });

  test("may be in what addons_include names and cannot be read here, told without a password or signature", () => {
    expect(
      problemsOf("addons_include: ['https://me:hunter2@example.com/a.yml?sig=hunter3', missing.yml, .]\n").unread,
    ).toEqual(["https://example.com/a.yml", "missing.yml", "."]);
    expect(
      problemsOf("addons_include: ['http://[', 'https://me:hunter2@example.com:99999/a.yml?sig=hunter3']\n").unread,
    ).toEqual(["http://[", "https://example.com:99999/a.yml"]);
  });

  test("is none where the cluster file has no add-ons", () => {
    expect(problemsOf("")).toEqual({ problems: [], unread: [] });
  });
});
