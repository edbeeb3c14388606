"""An nnU-Net v2 network that nnU-Net itself planned, prepared and trained, as ONNX, with the masks of its own predictor.

Hippocampus, configuration 3d_fullres, fold 0, few short epochs. Writes below ANY_MODEL_OUT/nnunet:
    model.onnx               all heads of deep supervision off, logits, opset 17, sizes fixed at the plan's patch
    plans.json, dataset.json, dataset_fingerprint.json
    masks/mirrored, masks/plain    of the held-out images, by nnUNetPredictor with and without mirroring
    seconds.json             wall time of each prediction
Run: python nnunet.py prepare | train | export | predict
"""

import json
import os
import shutil
import subprocess
import sys
import time

import places

OUT = places.OUT / "nnunet"
NAME = "Dataset400_Hippocampus"
for variable, folder in (("nnUNet_raw", "raw"), ("nnUNet_preprocessed", "preprocessed"), ("nnUNet_results", "results")):
    os.environ[variable] = str(OUT / folder)
    (OUT / folder).mkdir(parents=True, exist_ok=True)
os.environ["nnUNet_n_proc_DA"] = "0"
os.environ["nnUNet_compile"] = "f"
EPOCHS, UPDATES = 12, 20
DATASET = "msd_hippocampus_mri"


def prepare():
    raw = OUT / "raw" / NAME
    for folder in ("imagesTr", "labelsTr"):
        (raw / folder).mkdir(parents=True, exist_ok=True)
    training = places.cases(DATASET, "train")
    for case in training:
        shutil.copy(places.image_path(DATASET, case), raw / "imagesTr" / f"{case}_0000.nii.gz")
        shutil.copy(places.label_path(DATASET, case), raw / "labelsTr" / f"{case}.nii.gz")
    places.write_json(
        raw / "dataset.json",
        {
            "channel_names": {"0": "MRI"},
            "labels": {"background": 0, "anterior": 1, "posterior": 2},
            "numTraining": len(training),
            "file_ending": ".nii.gz",
        },
    )
    planning = {**os.environ, "nnUNet_n_proc_DA": "1"}  # The planner sets so many threads, and 0 is no number of threads.
    arguments = ["-d", "400", "-c", "3d_fullres", "-np", "1", "-npfp", "1", "--verify_dataset_integrity"]
    subprocess.run(["nnUNetv2_plan_and_preprocess", *arguments], check=True, env=planning)
    for name in ("nnUNetPlans.json", "dataset.json", "dataset_fingerprint.json"):
        shutil.copy(OUT / "preprocessed" / NAME / name, OUT / name.replace("nnUNetPlans", "plans"))


def train():
    import torch
    from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer

    torch.set_num_threads(1)
    plans = json.loads((OUT / "plans.json").read_text())
    plans["continue_training"] = False  # As nnUNetv2_train sets it.
    description = json.loads((OUT / "dataset.json").read_text())
    trainer = nnUNetTrainer(plans, "3d_fullres", 0, description, device=torch.device("cpu"))
    trainer.num_epochs, trainer.num_iterations_per_epoch, trainer.num_val_iterations_per_epoch = EPOCHS, UPDATES, 2
    trainer.run_training()


def predictor(mirrored):
    import torch
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

    torch.set_num_threads(1)
    made = nnUNetPredictor(
        use_mirroring=mirrored, perform_everything_on_device=False, device=torch.device("cpu"), allow_tqdm=False
    )
    folder = OUT / "results" / NAME / "nnUNetTrainer__nnUNetPlans__3d_fullres"
    made.initialize_from_trained_model_folder(str(folder), use_folds=(0,), checkpoint_name="checkpoint_final.pth")
    return made


def export():
    import torch

    made = predictor(mirrored=False)
    network = made.network
    network.load_state_dict(made.list_of_parameters[0])
    network.decoder.deep_supervision = False
    network.eval()
    patch = made.configuration_manager.patch_size
    example = torch.zeros(1, 1, *patch)
    torch.onnx.export(
        network,
        (example,),
        str(OUT / "model.onnx"),
        input_names=["image"],
        output_names=["logits"],
        opset_version=17,
        dynamo=False,
    )


def predict():
    inputs = [[str(places.image_path(DATASET, case))] for case in places.cases(DATASET, "held-out")]
    seconds = {}
    for name, mirrored in (("plain", False), ("mirrored", True)):
        made = predictor(mirrored)
        folder = OUT / "masks" / name
        folder.mkdir(parents=True, exist_ok=True)
        outputs = [str(folder / f"{case}.nii.gz") for case in places.cases(DATASET, "held-out")]
        start = time.perf_counter()
        made.predict_from_files_sequential(inputs, outputs, save_probabilities=False, overwrite=True)
        seconds[name] = (time.perf_counter() - start) / len(inputs)
    places.write_json(OUT / "seconds.json", seconds)


if __name__ == "__main__":
    {"prepare": prepare, "train": train, "export": export, "predict": predict}[sys.argv[1]]()
    places.lay_out("nnunet", DATASET)
