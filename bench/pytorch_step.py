#!/usr/bin/env python3
"""Training step and forward pass of the same U-Net, loss and optimiser in PyTorch; prints one JSON line.

usage: pytorch_step.py '{"patch": 64, "channels": 16, "levels": 4, "batch": 1, "threads": 2, "layout": "channels_last", "seconds": 5}'
Dice and cross-entropy over one foreground channel, Adam; instance norm, leaky rectifiers, strided convolutions down,
transposed convolutions up.
"""
import json
import resource
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

setting = json.loads(sys.argv[1])
patch, base, levels, batch = (setting[name] for name in ("patch", "channels", "levels", "batch"))
layout = {"default": torch.contiguous_format, "channels_last": torch.channels_last_3d}[setting["layout"]]
torch.set_num_threads(setting["threads"])
torch.manual_seed(0)


def block(inputs, outputs, stride=1):
    return nn.Sequential(
        nn.Conv3d(inputs, outputs, 3, stride, 1, bias=False),
        nn.InstanceNorm3d(outputs, affine=True),
        nn.LeakyReLU(0.01, inplace=True),
    )


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down, self.up, self.merge = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        inputs = 1
        for level in range(levels):
            channels = base * 2**level
            self.down.append(nn.Sequential(block(inputs, channels, 2 if level else 1), block(channels, channels)))
            inputs = channels
        for level in range(levels - 2, -1, -1):
            channels = base * 2**level
            self.up.append(nn.ConvTranspose3d(inputs, channels, 2, 2, bias=False))
            self.merge.append(nn.Sequential(block(2 * channels, channels), block(channels, channels)))
            inputs = channels
        self.head = nn.Conv3d(base, 1, 1)

    def forward(self, x):
        skips = []
        for stage in self.down:
            x = stage(x)
            skips.append(x)
        for up, merge, skip in zip(self.up, self.merge, reversed(skips[:-1])):
            x = merge(torch.cat([up(x), skip], 1))
        return self.head(x)


network = UNet().to(memory_format=layout)
optimiser = torch.optim.Adam(network.parameters(), 1e-3)
image = torch.randn(batch, 1, patch, patch, patch).to(memory_format=layout)
target = (image > 0).float()


def step():
    optimiser.zero_grad()
    logits = network(image)
    probabilities = logits.sigmoid()
    overlap = (probabilities * target).sum((2, 3, 4))
    size = (probabilities + target).sum((2, 3, 4))
    dice = (2 * overlap / (size + 1e-5)).mean()
    (F.binary_cross_entropy_with_logits(logits, target) + 1 - dice).backward()
    optimiser.step()


def repeat(work):
    work()
    wall, cpu = [], []
    end = time.perf_counter() + setting["seconds"]
    while len(wall) < 3 or time.perf_counter() < end:
        used, start = time.process_time(), time.perf_counter()
        work()
        wall.append((time.perf_counter() - start) * 1e3)
        cpu.append((time.process_time() - used) * 1e3)
    return {"wall": wall, "cpu": cpu}


def forward():
    with torch.inference_mode():
        network(image)


result = {"step": repeat(step), "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}
result["forward"] = repeat(forward)
print(json.dumps({**result, "torch": torch.__version__}))
