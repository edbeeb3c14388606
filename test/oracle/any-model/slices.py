"""A 2-D U-Net in plain torch, trained on axial slices of head-neck CT, as ONNX, with its own masks.

Its own way of prediction: the scan in RAS order (nibabel.as_closest_canonical), clipped to 0..1800, minus 1000, divided by
400 (the shape of nnU-Net's CTNormalization; air is 0 in these files), every slice [i, j] along k on its own and whole, the
class with the highest logit. Three organs (five labels, merged) and background; batch norm.

Writes below ANY_MODEL_OUT/slices: model.onnx (batch and sizes open, opset 17; shift and scale are in the graph, clipping is not), masks of the held-out images, labels, seconds.json.
Run: python slices.py train|export|predict
"""

import sys
import time

import nibabel
import numpy
import torch
import torch.nn.functional as F

import places

torch.set_num_threads(1)
OUT = places.OUT / "slices"
DATASET = "openkbp_headneck_ct"
UPDATES, BATCH, CLASSES = 700, 8, 4
# Of the labels: brainstem and cord; the parotids; the mandible. Air is most of every slice.
MERGED = numpy.array([0, 1, 1, 2, 2, 3], numpy.uint8)
WEIGHTS = torch.tensor([0.1, 1.0, 1.0, 1.0])
LOW, HIGH, MEAN, DEVIATION = 0, 1800, 1000, 400


def block(inputs, outputs):
    layers = []
    for channels in (inputs, outputs):
        layers += [torch.nn.Conv2d(channels, outputs, 3, padding=1, bias=False), torch.nn.BatchNorm2d(outputs), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers)


class UNet(torch.nn.Module):
    def __init__(self, widths=(16, 32, 64, 96), classes=CLASSES):
        super().__init__()
        self.down = torch.nn.ModuleList(block(a, b) for a, b in zip((1, *widths), widths))
        pairs = list(zip(widths[1:], widths))[::-1]
        self.larger = torch.nn.ModuleList(torch.nn.ConvTranspose2d(a, b, 2, stride=2) for a, b in pairs)
        self.up = torch.nn.ModuleList(block(2 * b, b) for _, b in pairs)
        self.head = torch.nn.Conv2d(widths[0], classes, 1)

    def forward(self, image):
        skipped = []
        for depth, down in enumerate(self.down):
            image = down(image if depth == 0 else F.max_pool2d(image, 2))
            skipped.append(image)
        for larger, up, skip in zip(self.larger, self.up, skipped[-2::-1]):
            image = up(torch.cat([skip, larger(image)], dim=1))
        return self.head(image)


def read(path):
    return nibabel.as_closest_canonical(nibabel.load(path)).get_fdata(dtype=numpy.float32)


def prepared(path):
    return (numpy.clip(read(path), LOW, HIGH) - MEAN) / DEVIATION


def soft_dice(logits, target):
    chances = logits.softmax(1)[:, 1:]
    wanted = F.one_hot(target, CLASSES).movedim(-1, 1)[:, 1:].float()
    both = (chances * wanted).sum((0, 2, 3))
    return 1 - ((2 * both + 1) / (chances.sum((0, 2, 3)) + wanted.sum((0, 2, 3)) + 1)).mean()


def train():
    torch.manual_seed(14)
    generator = numpy.random.default_rng(14)
    slices = []
    for case in places.cases(DATASET, "train"):
        image = prepared(places.image_path(DATASET, case))
        label = MERGED[read(places.label_path(DATASET, case)).astype(numpy.int64)]
        for k in range(image.shape[2]):
            if label[:, :, k].any() or k % 8 == 0:
                slices.append((image[:, :, k], label[:, :, k].astype(numpy.int64)))
    network = UNet().train()
    optimiser = torch.optim.Adam(network.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.PolynomialLR(optimiser, UPDATES, 0.9)
    for update in range(UPDATES):
        chosen = [slices[place] for place in generator.integers(len(slices), size=BATCH)]
        image, target = (torch.from_numpy(numpy.stack(part)) for part in zip(*chosen))
        logits = network(image[:, None])
        loss = F.cross_entropy(logits, target, WEIGHTS) + soft_dice(logits, target)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if update % 50 == 0:
            print(update, float(loss.detach()), flush=True)
    OUT.mkdir(parents=True, exist_ok=True)
    torch.save(network.state_dict(), OUT / "model.pt")


def trained():
    network = UNet()
    network.load_state_dict(torch.load(OUT / "model.pt"))
    return network.eval()


class PlainInput(torch.nn.Module):
    """With the shift and the scale in the graph: its input is clipped, and no more."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, image):
        return self.network((image - MEAN) / DEVIATION)


def export():
    open_axes = {0: "batch", 2: "i", 3: "j"}
    torch.onnx.export(
        PlainInput(trained()),
        (torch.zeros(1, 1, 64, 64),),
        str(OUT / "model.onnx"),
        input_names=["slice"],
        output_names=["logits"],
        dynamic_axes={"slice": open_axes, "logits": open_axes},
        opset_version=17,
        dynamo=False,
    )


def predict():
    network, seconds, scores = trained(), [], []
    for case in places.cases(DATASET, "held-out"):
        path = places.image_path(DATASET, case)
        start = time.perf_counter()
        image = torch.from_numpy(prepared(path))
        mask = numpy.zeros(image.shape, numpy.uint8)
        with torch.no_grad():
            for k in range(image.shape[2]):
                mask[:, :, k] = network(image[None, None, :, :, k])[0].argmax(0).numpy()
        seconds.append(time.perf_counter() - start)
        label = MERGED[read(places.label_path(DATASET, case)).astype(numpy.int64)]
        scores.append([places.dice(mask == value, label == value) for value in range(1, CLASSES)])
        affine = nibabel.load(path).affine
        back = nibabel.orientations.ornt_transform(
            nibabel.orientations.axcodes2ornt("RAS"), nibabel.io_orientation(affine)
        )
        places.save_mask(nibabel.apply_orientation(mask, back), path, OUT / "masks" / path.name)
    accuracy = numpy.mean(scores, axis=0).tolist()
    print("Dice with the reference", accuracy)
    places.write_json(OUT / "seconds.json", {"seconds": sum(seconds) / len(seconds), "dice": accuracy})
    places.lay_out("slices", DATASET)
    for part in ("fit", "held-out"):
        for link in list((OUT / "labels" / part).iterdir()):
            merged = MERGED[numpy.asarray(nibabel.load(link).dataobj).astype(numpy.int64)]
            link.unlink()
            places.save_mask(merged, places.image_path(DATASET, link.name.removesuffix(".nii.gz")), link)


if __name__ == "__main__":
    {"train": train, "export": export, "predict": predict}[sys.argv[1]]()
