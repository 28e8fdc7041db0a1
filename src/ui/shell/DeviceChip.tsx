import { useEngine } from "../../app/device/hooks.ts";
import { bytes } from "../components/format.ts";
import { StatusChip } from "./StatusChip.tsx";

/** Which processor trains, and whether it multiplies in half precision. */
export const DeviceChip = () => {
  const { probe, device, problem } = useEngine((state) => state);
  if (probe === "asking")
    return <StatusChip name="GPU" value="looking…" tone="idle" detail="Asking the browser for its GPU" />;
  if (!device)
    return (
      <StatusChip name="GPU" value="not found" tone="bad" detail={problem?.message ?? "The engine did not start."} />
    );
  const gpu = device.backend === "webgpu";
  const half = device.features.shaderF16 ? "f16" : "no f16";
  const detail = [
    device.adapter,
    gpu ? half : "no WebGPU",
    gpu ? `buffers up to ${bytes(device.maxBufferBytes)}` : null,
    device.slow ? "slow: this is not a hardware GPU" : null,
  ];
  return (
    <StatusChip
      name={gpu ? "GPU" : "No GPU"}
      value={gpu ? `${device.adapter} · ${half}` : "slow"}
      tone={device.slow ? "warn" : "good"}
      detail={detail.filter(Boolean).join(" · ")}
    />
  );
};
