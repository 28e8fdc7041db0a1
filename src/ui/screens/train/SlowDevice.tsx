import { Alert } from "@mantine/core";
import { IconHourglass } from "@tabler/icons-react";
import type { DeviceReport } from "../../../domain/training/types.ts";

/** Says calmly that this device is slow, and what would be faster. */
export const SlowDevice = ({ device }: { device: DeviceReport }) => (
  <Alert
    color="ochre"
    variant="light"
    icon={<IconHourglass aria-hidden />}
    title={
      device.backend === "webgpu"
        ? "This browser draws in software, so training is slow"
        : "There is no WebGPU here, so training is slow"
    }
  >
    The result is the same. The tiny base works well; for Qwen3-Embedding-0.6B use Chrome or Edge on a computer with a
    graphics card, with hardware acceleration switched on.
  </Alert>
);
