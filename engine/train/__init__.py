"""Training: one loop; further pre-training, fine-tuning and probes choose what goes in."""
