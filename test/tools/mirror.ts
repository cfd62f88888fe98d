import { projectFiles } from "./projectFiles.ts";

/** Run on the lab or in a browser, or are beside what they test. */
const ELSEWHERE = /^test\/(browser|integration|tools)\//;

/** Tests of what no single file makes. */
const OF_NO_FILE = new Set([
  // What `npm pack` makes of the whole project.
  "test/packaging/package.test.ts",
  // .github/workflows/release.yml and the Dockerfile together: a version becomes a package and a container.
  "test/packaging/release.test.ts",
]);

/** Tests without a source of their name at the mirrored path. @param paths all files, from the project's folder. */
export function unmirrored(paths: string[]): string[] {
  const sources = new Set(paths.map(nameOf));
  return paths
    .filter((path) => path.startsWith("test/") && path.endsWith(".test.ts"))
    .filter((path) => !ELSEWHERE.test(path) && !OF_NO_FILE.has(path))
    .flatMap((path) => {
      const source = nameOf(path.slice("test/".length));
      if (source && sources.has(source)) return [];
      return [`${path}: there is no ${source}.*; a test is named SOURCE.test.ts or SOURCE.THEME.test.ts`];
    });
}

/** Without all that follows the file's first dot. */
function nameOf(path: string): string | undefined {
  return /^((?:.*\/)?[^/.]+)[^/]*$/.exec(path)?.[1];
}

if (process.argv[1] === import.meta.filename) {
  const found = unmirrored(projectFiles());
  for (const one of found) console.error(one);
  if (found.length > 0) process.exitCode = 1;
}
