// The engine's runner compiles TypeScript by itself, and not as this project is written: Node reads it by itself.
import "./pack.ts";
