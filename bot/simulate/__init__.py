"""Both platforms simulated around a demo of Loa, with everybody's phones and all faults on one page."""
