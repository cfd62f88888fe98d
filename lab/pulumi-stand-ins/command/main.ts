import { serve } from "../server.ts";
import { commandProvider } from "./provider.ts";

await serve(commandProvider());
