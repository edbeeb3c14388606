"""nnU-Net v2 on the split of a sureseg run: its own plan, 3d_fullres, all of its augmentation and its deep supervision.

Differs from `nnUNetv2_train` in what a budget of wall time asks for, and in nothing else: training ends when the budget is used
up, not after 1000 epochs; the polynomial decay of the learning rate (1e-2, power 0.9) runs over the budget; there are no epochs
and so no validation; batches are made in the training process (nnUNet_n_proc_DA = 0), since there are only two cores. It is
trained on the training and the validation part together (fold "all"), which is how nnU-Net's users would ship it. Predictions as
nnUNetPredictor makes them: half-overlapping windows with Gaussian weights; at the end of the budget mirrored along all axes, which
takes eight times as long and is left out for the weights kept before.

usage: train_nnunet.py SPLIT.json MINUTES [THREADS]
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nibabel
import numpy
import yardstick

split, minutes = yardstick.Split(sys.argv[1]), float(sys.argv[2])
THREADS = int(sys.argv[3]) if len(sys.argv) > 3 else 2
NAME = f"Dataset900_{split.name.replace('-', '_')}"
HOME = split.folder("nnunet") / "work"
for variable, folder in (("nnUNet_raw", "raw"), ("nnUNet_preprocessed", "preprocessed"), ("nnUNet_results", "results")):
    os.environ[variable] = str(HOME / folder)
    (HOME / folder).mkdir(parents=True, exist_ok=True)
os.environ["nnUNet_n_proc_DA"] = "0"
os.environ["nnUNet_compile"] = "f"


def prepare():
    raw = HOME / "raw" / NAME
    for folder in ("imagesTr", "labelsTr"):
        (raw / folder).mkdir(parents=True, exist_ok=True)
    for case in split.training:
        shutil.copy(case.image, raw / "imagesTr" / f"{case.name}_0000.nii.gz")
        like = nibabel.load(case.label)
        mask = nibabel.Nifti1Image(case.organ(), like.affine)
        # nnU-Net refuses labels whose place differs from the image's in the last digit.
        mask.header.set_zooms(nibabel.load(case.image).header.get_zooms()[:3])
        nibabel.save(mask, raw / "labelsTr" / f"{case.name}.nii.gz")
    # Its planner clips and scales CT by the intensities of the organ, and standardises everything else.
    modality = "CT" if {case.modality for case in split.training} == {"CT"} else "other"
    description = {
        "channel_names": {"0": modality},
        "labels": {"background": 0, "organ": 1},
        "numTraining": len(split.training),
        "file_ending": ".nii.gz",
    }
    (raw / "dataset.json").write_text(json.dumps(description))
    command = str(Path(sys.executable).parent / "nnUNetv2_plan_and_preprocess")
    subprocess.run(
        [command, "-d", "900", "-c", "3d_fullres", "-np", "1", "-npfp", "1"],
        check=True,
        env={**os.environ, "nnUNet_n_proc_DA": "1"},
    )


def train():
    import torch
    from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer

    torch.set_num_threads(THREADS)
    plans = json.loads((HOME / "preprocessed" / NAME / "nnUNetPlans.json").read_text())
    plans["continue_training"] = False
    description = json.loads((HOME / "raw" / NAME / "dataset.json").read_text())
    trainer = nnUNetTrainer(plans, "3d_fullres", "all", description, device=torch.device("cpu"))
    trainer.on_train_start()
    trainer.network.train()
    kept = {}

    def step(share):
        for group in trainer.optimizer.param_groups:
            group["lr"] = yardstick.polynomial(trainer.initial_lr, share)
        return float(trainer.train_step(next(trainer.dataloader_train))["loss"])

    def keep(at):
        kept[at] = {key: value.clone() for key, value in trainer.network.state_dict().items()}

    steps = yardstick.train_until(minutes, step, keep)
    return trainer, kept, steps


def predict(trainer, kept):
    import torch
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

    trainer.set_deep_supervision_enabled(False)
    trainer.network.eval()
    reader = trainer.plans_manager.image_reader_writer_class()
    for at, weights in kept.items():
        predictor = nnUNetPredictor(
            use_mirroring=at == minutes, perform_everything_on_device=False, device=torch.device("cpu"), allow_tqdm=False
        )
        predictor.manual_initialization(
            trainer.network,
            trainer.plans_manager,
            trainer.configuration_manager,
            [weights],
            trainer.dataset_json,
            "nnUNetTrainer",
            trainer.inference_allowed_mirroring_axes,
        )
        folder = split.folder("nnunet", at)
        for case in split.test:
            image, properties = reader.read_images([case.image])
            _, probabilities = predictor.predict_single_npy_array(
                image, properties, save_or_return_probabilities=True
            )
            # Its arrays run z, y, x.
            yardstick.save_probability(case, numpy.transpose(probabilities[1]), folder)


if __name__ == "__main__":
    if not (HOME / "preprocessed" / NAME / "nnUNetPlans.json").exists():
        prepare()
    trainer, kept, steps = train()
    predict(trainer, kept)
    facts = {"contender": "nnunet", "minutes": minutes, "threads": THREADS, "steps": steps}
    configuration = trainer.configuration_manager
    # In nnU-Net's own order of axes.
    facts["patch"] = [int(size) for size in configuration.patch_size]
    facts["batch"] = configuration.batch_size
    facts["spacing"] = [float(size) for size in configuration.spacing]
    (split.folder("nnunet") / "facts.json").write_text(json.dumps(facts))
