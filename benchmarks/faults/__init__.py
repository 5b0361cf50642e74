"""The fault bench: seeded defects, suspicious but right repositories, detectors."""
