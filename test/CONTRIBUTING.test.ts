import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PROJECT, projectFiles } from "./tools/projectFiles.ts";

const FILES = projectFiles();
const read = (path: string) => readFileSync(join(PROJECT, path), "utf8");
/** A file, or the end of its path as behind the name of its folder. */
const isFile = (path: string) => FILES.some((file) => file === path || file.endsWith(`/${path}`));
const isFolder = (path: string) => FILES.some((file) => file.startsWith(path) || file.includes(`/${path}`));

test("every file and folder of the map is there", () => {
  const named = [...read("CONTRIBUTING.md").matchAll(/`([\w./-]*\w(?:\/|\.(?:[cm]?ts|sh|md|json|ya?ml)))`/g)];
  const paths = named.map(([, path = ""]) => path).filter((path) => path !== "dist/");
  expect(paths.length).toBeGreaterThan(80);
  expect(paths.filter((path) => !(path.endsWith("/") ? isFolder(path) : isFile(path)))).toEqual([]);
});

test("every file of ours that a comment or a page names is there", () => {
  const ours =
    /(?<![\w./-])(?:bin|cli|cluster|components|docs|lab|messages|output|packaging|plan|plugin|run|settings|steps|test)\/[\w./-]+\.(?:[cm]?ts|sh|md)\b/g;
  const commented = FILES.filter((path) => /\.([cm]?ts|sh)$/.test(path) && !path.startsWith("test/"));
  const texts = [
    ...FILES.filter((path) => path.endsWith(".md")).map((path) => [path, read(path)] as const),
    ...commented.map(
      (path) =>
        [
          path,
          read(path)
            .match(/^\s*(?:\/\/|\/?\*|#).*$/gm)
            ?.join("\n") ?? "",
        ] as const,
    ),
  ];
  // A page of the lab, and a comment in it, may mean a folder of the lab.
  const isThere = (by: string, named: string) =>
    FILES.includes(named) || FILES.includes(`${by.split("/")[0]}/${named}`);
  const gone = texts.flatMap(([path, text]) =>
    [...text.matchAll(ours)].filter(([named]) => !isThere(path, named)).map(([named]) => `${path}: ${named}`),
  );
  expect(gone).toEqual([]);
});
