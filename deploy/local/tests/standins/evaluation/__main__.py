import standin

standin.main("evaluation")
