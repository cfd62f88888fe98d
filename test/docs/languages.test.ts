import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

const PROJECT = join(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(join(PROJECT, file), "utf8");
const { version, bin, files } = JSON.parse(read("package.json"));
const { inputProperties, requiredInputs, properties } = JSON.parse(read("plugin/schema.json")).resources[
  "rancher-rollback:index:RancherRollback"
];

/** As Pulumi names an argument in Python. */
const snake = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

describe("the example in YAML", () => {
  const { packages, resources, outputs } = parse(read("docs/examples/yaml/Pulumi.yaml"));

  test("sets arguments that the component has, and all that it needs", () => {
    const { type, properties: set } = resources.prod;
    expect(type).toBe("rancher-rollback:RancherRollback");
    expect(Object.keys(inputProperties)).toEqual(expect.arrayContaining(Object.keys(set)));
    expect(Object.keys(set)).toEqual(expect.arrayContaining(requiredInputs));
  });

  test("names this version of the package, and outputs that it has", () => {
    expect(packages["rancher-rollback"]).toBe(`rancher-rollback@${version}`);
    for (const [name, value] of Object.entries(outputs)) {
      expect(value).toBe(`\${prod.${name}}`);
      expect(Object.keys(properties)).toContain(name);
    }
  });
});

test("the example in Python sets arguments that the component has, and all that it needs, and shows outputs that it has", () => {
  const program = read("docs/examples/python/__main__.py");
  const set = [...program.matchAll(/^ {4}(\w+)=/gm)].map(([, name]) => name);
  expect(Object.keys(inputProperties).map(snake)).toEqual(expect.arrayContaining(set));
  expect(set).toEqual(expect.arrayContaining(requiredInputs.map(snake)));
  const shown = [...program.matchAll(/prod\.(\w+)/g)].map(([, name]) => name);
  expect(Object.keys(properties).map(snake)).toEqual(expect.arrayContaining(shown));
  expect(shown.length).toBeGreaterThan(0);
});

test("the page names the program that the package installs, and the package has the examples", () => {
  for (const [, name = ""] of read("docs/languages.md").matchAll(/node_modules\/\.bin\/(\S+)/g)) {
    expect(Object.keys(bin)).toContain(name);
  }
  expect(files).toContain("docs/examples");
});
