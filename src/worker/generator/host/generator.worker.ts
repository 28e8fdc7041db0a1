import { opfsStore } from "../../../platform/hub/index.ts";
import { serve } from "../../rpc.ts";
import { createGenerator } from "./generator.ts";
import { openTransformers } from "./transformersGenerator.ts";

const requestAdapter = async () =>
  (await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" })) ?? null;

serve(createGenerator({ store: opfsStore(), requestAdapter, open: openTransformers }));
