import standin

standin.main("datashare")
