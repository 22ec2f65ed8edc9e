"""Pictures of cameras, microscopes, scanners and telescopes."""
